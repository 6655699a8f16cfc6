import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot } from '../src/runtime/project-files.ts';

type Word = readonly [word: RegExp, instead: string];

/** Words that docs/glossary.md has retired, each with the word to use instead. */
const RETIRED: readonly Word[] = [
  [/\bjotting/i, 'journal entry'],
  [/\bjot(s|ted)? down/i, 'append to the journal'],
  [/\brecorded first/i, 'persisted before it is acted on'],
  [/coheren(t|ce)/i, 'consistent, consistency'],
  [/\bcrash(able|[ -]?point)/i, 'failpoint'],
  [/\bretry-policies\b/, 'activities'],
];
/** Words that do not say who acts. */
const VAGUE: readonly Word[] = [
  [/\b(somebody|whoever)\b/i, 'the operator, the caller, another person'],
  [/\bhas news\b/i, 'may have changed'],
];

const FOLDERS = ['src', 'deploy', 'test', 'tools', 'packages'];
const TEXTS = /\.(ts|mjs|sql|md|yaml|yml|eta|sh)$/;
/** They have to name the words. */
const EXEMPT = new Set(['tools/vocabulary.ts']);

/** @throws a line for each retired word, with the word to use instead */
export async function findRetiredWords(): Promise<void> {
  const found: string[] = [];
  for (const folder of FOLDERS) {
    const entries = await readdir(path.join(projectRoot, folder), { recursive: true });
    for (const file of entries.map((entry) => path.join(folder, entry))) {
      if (!TEXTS.test(file) || EXEMPT.has(file)) continue;
      const lines = (await readFile(path.join(projectRoot, file), 'utf8')).split('\n');
      for (const [index, line] of lines.entries()) {
        for (const [word, instead] of [...RETIRED, ...VAGUE]) {
          const match = word.exec(line);
          if (match) found.push(`${file}:${index + 1} "${match[0]}": write "${instead}" (docs/glossary.md)`);
        }
      }
    }
  }
  if (found.length > 0) throw new Error(found.join('\n'));
}
