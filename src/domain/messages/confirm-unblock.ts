import type { ConfirmUnblockCommand } from '../commands.ts';
import { define } from './define.ts';
import { BY, type Parsed, readSigned, readText, refuse } from './message.ts';

/** What to paste to confirm the proposal with this hash. */
export function confirmUnblockExample(confirms: string): string {
  return `{"confirms": "${confirms}", ${BY}, "reason": "I have looked at it too"}`;
}

/** Reads what came with `confirmUnblock`. */
export function parseConfirmUnblock(input: unknown): Parsed<ConfirmUnblockCommand> {
  const example = confirmUnblockExample('the hash that the details show');
  return readSigned(input, example, (field, signed) => {
    const confirms = readText(field('confirms'));
    return confirms === undefined
      ? refuse('confirms is missing: the hash of the proposal, from the details', example)
      : { ok: true, value: { confirms: confirms.toLowerCase(), ...signed } };
  });
}

export const confirmUnblock = define({
  name: 'confirmUnblock',
  effect: 'Carry out what another operator has proposed; the details show its hash',
  fields: [
    {
      name: 'confirms',
      kind: 'text',
      isRequired: true,
      description: "the proposal's hash, as the details and the status show it",
      options: ['--hash <hash>'],
    },
  ],
  example: confirmUnblockExample('…'),
  parse: parseConfirmUnblock,
  refusal: (current, command) => current.decisions.refusalOfConfirm(command, current.status),
  accept: (current, command) => current.decisions.onConfirm(command),
  part: 'decision',
  isDone: (current) => current.decisions.isUnblockDone(current.status),
});
