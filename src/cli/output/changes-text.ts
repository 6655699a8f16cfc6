import { stringify } from 'yaml';
import { actorText, EXAMPLE_OPERATOR } from '../../domain/people.ts';
import type { ChangeInFull, Made, ProposedChange } from '../../domain/proposed-change.ts';
import { commandToPaste } from '../../notifications/mails/paste.ts';
import { EXIT } from './exit.ts';
import { align, print } from './output.ts';

/** A proposed change, a line a fact; while it is open with what to do. */
export function describeChange(change: ProposedChange): string {
  return [factsOf(change), ...howToConfirm(change)].join('\n\n');
}

/** The same with what is carried out, and what it changes. */
export function describeChangeInFull(change: ChangeInFull): string {
  const before = change.before === null ? 'nothing' : stringify(change.before).trimEnd();
  return [
    factsOf(change),
    `It carries out:\n\n${stringify(change.content).trimEnd()}`,
    `What is there before:\n\n${before}`,
    ...howToConfirm(change),
  ].join('\n\n');
}

function factsOf(change: ProposedChange): string {
  const { changeId, subscriberId, state, hash, decidedBy, decidedAt, decisionReason, proposedKnown } = change;
  const proposer = proposedKnown ? { name: change.proposedBy, known: proposedKnown } : change.proposedBy;
  return align([
    ['change', `${changeId}, ${state}`],
    ['of', subscriberId],
    ['what', change.summary],
    ['why', change.reason],
    ['proposed', `${change.proposedAt.toISOString()} by ${actorText(proposer)}`],
    ['hash', hash],
    ['ended', decidedAt ? `${decidedAt.toISOString()} by ${decidedBy}: ${decisionReason}` : undefined],
    ['until', state === 'open' ? change.expiresAt.toISOString() : undefined],
  ]);
}

function howToConfirm({ changeId, subscriberId, state, hash }: ProposedChange): string[] {
  if (state !== 'open') return [];
  const name = String(changeId);
  const read = commandToPaste(['changes', 'show', name], { subscriber: subscriberId });
  const confirmed = {
    subscriber: subscriberId,
    hash,
    by: EXAMPLE_OPERATOR,
    reason: 'I have looked at it too',
  };
  const confirm = commandToPaste(['changes', 'confirm', name], confirmed);
  return [`Another person reads all of it, and confirms it:\n${read}\n${confirm}`];
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
