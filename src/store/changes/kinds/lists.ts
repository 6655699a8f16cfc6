import { z } from 'zod';
import { listKinds, listVerdicts, type NewListEntry } from '../../../domain/list-entry.ts';
import { addEntries, addEntry, countListed, entryOnRecord, removeEntry } from '../../lists/lists.ts';
import { defineChange } from '../change-kind.ts';

const newEntry = z.object({
  kind: z.enum(listKinds),
  value: z.string(),
  verdict: z.enum(listVerdicts),
  reason: z.string(),
  expiresAt: z
    .codec(z.iso.datetime(), z.date(), {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString(),
    })
    .nullable(),
});

/** What the audit may know of an entry: not what it is about. */
function withoutValue({ kind, verdict, reason, expiresAt }: NewListEntry) {
  return { kind, verdict, reason, expiresAt };
}

/** One entry more on a subscriber's lists. */
export const addListEntryChange = defineChange({
  name: 'addListEntry',
  area: () => 'lists',
  content: newEntry,
  subject: () => 'lists:entries',
  summary: async (_db, _subscriberId, { kind, verdict }) => `add to the lists: ${verdict} ${kind}`,
  now: async (db, subscriberId, entry) =>
    (await countListed(db, subscriberId, [entry])) === 1 ? undefined : null,
  audited: withoutValue,
  carryOut: (db, subscriberId, entry, { actor }) => addEntry(db, { subscriberId, actor }, entry),
});

/** A file of entries. */
export const importListEntriesChange = defineChange({
  name: 'importListEntries',
  area: () => 'lists',
  content: z.object({ entries: z.array(newEntry) }),
  subject: () => 'lists:entries',
  async summary(_db, _subscriberId, { entries }) {
    const counts = new Map<string, number>();
    for (const { kind, verdict } of entries)
      counts.set(`${verdict} ${kind}`, (counts.get(`${verdict} ${kind}`) ?? 0) + 1);
    const what = [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
    return `add to the lists: ${what}`;
  },
  now: async (db, subscriberId, { entries }) =>
    (await countListed(db, subscriberId, entries)) === entries.length ? undefined : null,
  // Each entry that is added has an audit entry of its own.
  audited: ({ entries }) => ({ entries: entries.length }),
  /** @returns how many were added: what is listed already is left as it is */
  async carryOut(db, subscriberId, { entries }, { actor }) {
    let added = 0;
    for (let start = 0; start < entries.length; start += BATCH)
      added += await addEntries(db, { subscriberId, actor }, entries.slice(start, start + BATCH));
    return added;
  },
});

const BATCH = 1000;

/** An entry that no longer counts. */
export const removeListEntryChange = defineChange({
  name: 'removeListEntry',
  area: () => 'lists',
  content: z.object({ entryId: z.int() }),
  subject: ({ entryId }) => `listEntry:${entryId}`,
  async summary(db, subscriberId, { entryId }) {
    const entry = await entryOnRecord(db, subscriberId, entryId);
    return `take entry ${entryId} (${entry?.verdict} ${entry?.kind}) off the lists`;
  },
  async now(db, subscriberId, { entryId }) {
    const entry = await entryOnRecord(db, subscriberId, entryId);
    return entry && { ...withoutValue(entry), addedBy: entry.addedBy, addedAt: entry.addedAt };
  },
  carryOut: (db, subscriberId, { entryId }, { actor, reason }) =>
    removeEntry(db, { subscriberId, actor }, entryId, reason),
});
