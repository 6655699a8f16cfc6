import { z } from 'zod';
import { changeKinds, changeStates, type ProposedChange } from '../../../domain/proposed-change.ts';
import { rowNumber } from '../../../wire/fields.ts';
import { trailer, trailerFields } from '../../formats/kontocloud/responses.ts';

/** Which proposed change. */
export const changeParams = z.object({ changeId: rowNumber('change') });

/** A proposed change as it is answered. */
export const changeFields = z.object({
  changeId: z.int(),
  kind: z.enum(changeKinds),
  subject: z.string().describe('What it changes, as the audit names it'),
  summary: z.string().describe('What changes'),
  hash: z.string().describe('Stands for all of it: to be given with the confirmation'),
  proposedBy: z.string(),
  reason: z.string(),
  proposedAt: z.string().describe('ISO 8601, UTC'),
  expiresAt: z.string(),
  state: z.enum(changeStates),
  decidedBy: z.string().nullable(),
  decidedAt: z.string().nullable(),
  decisionReason: z.string().nullable(),
});

export function changeFieldsOf(change: ProposedChange): z.infer<typeof changeFields> {
  return {
    changeId: change.changeId,
    kind: change.kind,
    subject: change.subject,
    summary: change.summary,
    hash: change.hash,
    proposedBy: change.proposedBy,
    reason: change.reason,
    state: change.state,
    decidedBy: change.decidedBy,
    decisionReason: change.decisionReason,
    proposedAt: change.proposedAt.toISOString(),
    expiresAt: change.expiresAt.toISOString(),
    decidedAt: change.decidedAt?.toISOString() ?? null,
  };
}

/** What is answered, with 202, where a change takes two people. */
export const proposedAnswer = z
  .object({ proposed: changeFields, ...trailerFields })
  .describe(
    'Nothing has changed yet: it takes two people. Another one confirms it with POST /changes/{changeId}/confirm',
  );

export function proposedAnswerOf(change: ProposedChange, requestId: string): z.infer<typeof proposedAnswer> {
  return { proposed: changeFieldsOf(change), ...trailer(requestId) };
}
