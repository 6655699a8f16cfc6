import type { AssignCommand } from '../commands.ts';
import { define, isJournalRecorded } from './define.ts';
import { EXAMPLE_OPERATOR, problemOfName } from '../people.ts';
import { BY, type Parsed, readSigned, readText, refuse } from './message.ts';

export const ASSIGN_EXAMPLE = `{"assignee": "${EXAMPLE_OPERATOR}", ${BY}, "reason": "I know the customer"}`;

/** Reads what came with `assign`; an assignee of null or nothing but blanks unassigns. */
export function parseAssign(input: unknown): Parsed<AssignCommand> {
  return readSigned(input, ASSIGN_EXAMPLE, (field, signed) => {
    const given = field('assignee');
    if (given !== null && typeof given !== 'string') {
      return refuse('assignee must be a name, or null to unassign', ASSIGN_EXAMPLE);
    }
    const assignee = readText(given);
    const problem = assignee === undefined ? undefined : problemOfName(assignee);
    if (problem !== undefined) return refuse(`assignee ${problem}`, ASSIGN_EXAMPLE);
    return { ok: true, value: { ...(assignee === undefined ? {} : { assignee }), ...signed } };
  });
}

export const assign = define({
  name: 'assign',
  effect: 'Who looks after the payment; null to unassign',
  fields: [
    {
      name: 'assignee',
      kind: 'text',
      isRequired: true,
      description: 'who looks after it; nothing but blanks to unassign',
    },
  ],
  example: ASSIGN_EXAMPLE,
  parse: parseAssign,
  // Taken at any time: it moves no money.
  refusal: () => undefined,
  accept: (current, command) => {
    current.assign(command);
    return command.assignee === undefined ? 'no longer assigned' : `assigned to ${command.assignee}`;
  },
  part: 'journal',
  isDone: isJournalRecorded,
});
