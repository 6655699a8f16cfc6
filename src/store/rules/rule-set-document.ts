import { createHash } from 'node:crypto';
import { parseRuleSet } from '../../rules/parse-rule-set.ts';

/** Reads and checks a rule set's document; its hash is the SHA-256 of the text, in hex. */
export function readDocument(text: string): ReturnType<typeof parseRuleSet> {
  return parseRuleSet(text, createHash('sha256').update(text).digest('hex'));
}
