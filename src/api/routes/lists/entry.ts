import { z } from 'zod';
import { isWeak, type ListEntry, listKinds, listVerdicts } from '../../../domain/list-entry.ts';

/** An entry as it is answered. */
export const entryFields = z.object({
  entryId: z.int(),
  kind: z.enum(listKinds),
  value: z.string().describe('As it is compared; of a card token only its fingerprint'),
  verdict: z.enum(listVerdicts),
  weak: z.boolean().describe("A match on it can be another person's: last four and holder, or a name"),
  reason: z.string(),
  addedBy: z.string(),
  addedAt: z.string().describe('ISO 8601, UTC'),
  expiresAt: z.string().nullable().describe('ISO 8601, UTC; null: until it is removed'),
});

export function entryAnswer(entry: ListEntry): z.infer<typeof entryFields> {
  return {
    ...entry,
    weak: isWeak(entry.kind),
    addedAt: entry.addedAt.toISOString(),
    expiresAt: entry.expiresAt?.toISOString() ?? null,
  };
}
