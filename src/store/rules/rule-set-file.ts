import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../../runtime/project-files.ts';
import { formatProblem, parseRuleSet } from '../../rules/parse-rule-set.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { createHash } from 'node:crypto';

/** The rule set that applies where no other is named. */
export const defaultRuleSetFile = path.join(projectRoot, 'rules/default.yaml');

/**
 * Reads a rule set from its file.
 * @throws Error naming the file and everything that is wrong with it, a problem a line
 */
export async function loadRuleSet(file: string): Promise<RuleSet> {
  const parsed = readDocument(await readFile(file, 'utf8'));
  if ('ruleSet' in parsed) return parsed.ruleSet;
  throw new Error(
    `The rule set ${file} cannot be used until this is put right:\n${parsed.problems.map(formatProblem).join('\n')}`,
  );
}

/** Reads and checks a rule set's document; its hash is the SHA-256 of the text, in hex. */
export function readDocument(text: string): ReturnType<typeof parseRuleSet> {
  return parseRuleSet(text, createHash('sha256').update(text).digest('hex'));
}
