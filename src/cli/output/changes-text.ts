import { stringify } from 'yaml';
import { actorText } from '../../domain/people.ts';
import type { ChangeInFull, Made, ProposedChange } from '../../domain/proposed-change.ts';
import { EXIT } from './exit.ts';
import { align, print } from './output.ts';

/** A proposed change, a line a fact; while it is open with what to do. */
export function describeChange(change: ProposedChange): string {
  const { changeId, subscriberId, state, hash, decidedBy, decidedAt, decisionReason, proposedKnown } = change;
  const proposer = proposedKnown ? { name: change.proposedBy, known: proposedKnown } : change.proposedBy;
  const whose = `--subscriber '${subscriberId}'`;
  const confirm = `payment-block changes confirm ${changeId} ${whose} --hash ${hash} --by NAME --reason WHY`;
  return align([
    ['change', `${changeId}, ${state}`],
    ['of', subscriberId],
    ['what', change.summary],
    ['why', change.reason],
    ['proposed', `${change.proposedAt.toISOString()} by ${actorText(proposer)}`],
    ['hash', hash],
    ['ended', decidedAt ? `${decidedAt.toISOString()} by ${decidedBy}: ${decisionReason}` : undefined],
    ['until', state === 'open' ? change.expiresAt.toISOString() : undefined],
    ['read it', state === 'open' ? `payment-block changes show ${changeId} ${whose}` : undefined],
    ['confirm', state === 'open' ? `${confirm} (another person)` : undefined],
  ]);
}

/** The same with what is carried out, and what it changes. */
export function describeChangeInFull(change: ChangeInFull): string {
  const before = change.before === null ? 'nothing\n' : stringify(change.before);
  return [
    describeChange(change),
    `It carries out:\n\n${stringify(change.content)}`,
    `What is there before:\n\n${before}`,
  ]
    .join('\n\n')
    .trimEnd();
}

/**
 * Prints what was done. What is only proposed is a result of its own, with an exit code of its own.
 * @param more what has to be said with a proposal
 */
export function printMade<R>(
  json: boolean,
  made: Made<R>,
  printDone: (result: R) => void,
  more: { readonly json?: object; readonly text?: string } = {},
): void {
  if ('done' in made) return printDone(made.done);
  const { proposed } = made;
  const text = ['Proposed: it takes two people, and nothing has changed yet.', describeChange(proposed)];
  print(json, { proposed, ...more.json }, [...text, ...(more.text ? [more.text] : [])].join('\n\n'));
  process.exitCode = EXIT.proposed;
}
