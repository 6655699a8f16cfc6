import { setImmediate } from 'node:timers/promises';
import type pg from 'pg';
import type { NewListEntry } from '../domain/list-entry.ts';
import type { CardFingerprint } from '../rules/list-value.ts';
import type { ProposedChange } from '../domain/proposed-change.ts';
import { importListEntriesChange } from '../store/changes/kinds/lists.ts';
import { makeChange } from '../store/changes/make-change.ts';
import { takesTwo } from '../store/settings/takes-two.ts';
import { StoreConflict } from '../store/db/errors.ts';
import { addEntries, countListed, keyOf, type ListEditor } from '../store/lists/lists.ts';
import { inTransaction } from '../store/db/postgres.ts';
import { type CsvRecord, readCsv, withoutApostrophe } from './csv.ts';
import { entryColumns, readEntry, type WrittenEntry } from './entry-text.ts';

/** Room for 100,000 rows of 160 characters. */
export const LARGEST_IMPORT_BYTES = 16 * 1024 * 1024;

/** What became of a file. Every row is one of added (or proposed), alreadyListed and rejected. */
export interface ImportReport {
  readonly dryRun: boolean;
  readonly rows: number;
  readonly added: number;
  /** Listed before, or earlier in the same file: left as it was. */
  readonly alreadyListed: number;
  readonly rejected: number;
  /** Where the lists take two people: all that would be added, as one change. Nothing is added yet. */
  readonly proposed: ProposedChange | null;
  /** In the order of the file. */
  readonly rejectedLines: readonly RejectedLine[];
}

interface RejectedLine {
  readonly line: number;
  /** Never the line itself: it may be personal. */
  readonly why: string;
}

export interface ImportOptions {
  readonly fingerprint: CardFingerprint;
  /** Reports what would happen, and changes nothing. */
  readonly dryRun?: boolean;
  /** Told after every batch. */
  readonly onProgress?: (done: number, rows: number) => void;
}

/** The file as a whole is none that can be imported; nothing of it was. */
export class ImportRefused extends Error {
  override readonly name = 'ImportRefused';
}

/**
 * Adds the entries of a CSV file: a header with the columns kind, value, verdict, reason and, where some end by
 * themselves, expiresAt; then an entry a line. A line that cannot be taken is reported and the others are added. Each
 * batch is a transaction of its own: after a crash, or for safety, import the file again; nothing is added twice.
 * @throws ImportRefused where the header is not right
 */
export async function importEntries(
  pool: pg.Pool,
  editor: ListEditor,
  text: string,
  { fingerprint, dryRun = false, onProgress }: ImportOptions,
): Promise<ImportReport> {
  const file = await readFile(text, fingerprint);
  if (!dryRun && (await takesTwo(pool, editor.subscriberId, 'lists'))) return propose(pool, editor, file);
  const { rows, entries, repeated, rejected } = file;
  let added = 0;
  let listed = repeated;
  for (let start = 0; start < entries.length; start += BATCH) {
    const batch = entries.slice(start, start + BATCH);
    const result = await addBatch(pool, editor, batch, dryRun);
    added += result.added;
    listed += batch.length - result.added - result.refused.length;
    rejected.push(...result.refused);
    onProgress?.(Math.min(start + BATCH, entries.length), entries.length);
  }
  const rejectedLines = rejected.toSorted((a, b) => a.line - b.line);
  return {
    dryRun,
    rows,
    added,
    alreadyListed: listed,
    rejected: rejectedLines.length,
    proposed: null,
    rejectedLines,
  };
}

/** A whole file is one change: what a second person confirms is carried out in one transaction, or not at all. */
async function propose(
  pool: pg.Pool,
  { subscriberId, actor }: ListEditor,
  { rows, entries: lines, repeated, rejected }: ReadFile,
): Promise<ImportReport> {
  const entries = lines.map(({ entry }) => entry);
  if (entries.length > MOST_PROPOSED) {
    throw new ImportRefused(
      `the lists take two people, and a second one confirms a whole file at once, of ${MOST_PROPOSED} entries at most: ` +
        `this one has ${entries.length}. Nothing was proposed; import it in parts`,
    );
  }
  const listed = await countListed(pool, subscriberId, entries);
  const by = { actor, reason: 'an import: each entry has its reason' };
  const made = await makeChange(pool, importListEntriesChange, subscriberId, { entries }, by);
  const added = 'done' in made ? made.done : 0;
  return {
    dryRun: false,
    rows,
    added,
    alreadyListed: repeated + listed,
    rejected: rejected.length,
    proposed: 'proposed' in made ? made.proposed : null,
    rejectedLines: rejected,
  };
}

const MOST_PROPOSED = 10_000;

/** Long enough to be quick, short enough to hold locks for a moment only, and to show progress. */
const BATCH = 1000;

/** Read in about a millisecond. */
const ROWS_AT_A_TIME = 200;

interface ReadLine {
  readonly line: number;
  readonly entry: NewListEntry;
}

interface ReadFile {
  readonly rows: number;
  readonly entries: readonly ReadLine[];
  /** Rows that say the same as an earlier one. */
  readonly repeated: number;
  readonly rejected: RejectedLine[];
}

async function readFile(text: string, fingerprint: CardFingerprint): Promise<ReadFile> {
  const records = readCsv(text);
  const columns = columnsOf(records.next().value);
  const now = new Date();
  const seen = new Set<string>();
  const entries: ReadLine[] = [];
  const rejected: RejectedLine[] = [];
  let rows = 0;
  let repeated = 0;
  for (const record of records) {
    // What a spreadsheet leaves behind: rows without text, and empty cells beyond the last column.
    if ('fields' in record && record.fields.every((field) => field.trim() === '')) continue;
    rows += 1;
    // The same process may be answering checkouts.
    if (rows % ROWS_AT_A_TIME === 0) await setImmediate();
    const { line } = record;
    if ('problem' in record) rejected.push({ line, why: record.problem });
    else if (!hasFieldsOf(record.fields, columns)) {
      rejected.push({
        line,
        why: `has ${record.fields.length} fields, not ${columns.length} like the header`,
      });
    } else {
      const read = readEntry(writtenIn(record.fields, columns), fingerprint, now);
      if ('problems' in read) {
        rejected.push({
          line,
          why: read.problems.map(({ field, text: why }) => `${field} ${why}`).join('; '),
        });
      } else if (seen.has(keyOf(read.entry))) repeated += 1;
      else {
        seen.add(keyOf(read.entry));
        entries.push({ line, entry: read.entry });
      }
    }
  }
  return { rows, entries, repeated, rejected };
}

function hasFieldsOf(fields: readonly string[], columns: readonly string[]): boolean {
  return (
    fields.length >= columns.length && fields.slice(columns.length).every((field) => field.trim() === '')
  );
}

function columnsOf(header: CsvRecord | undefined): readonly string[] {
  const written = header !== undefined && 'fields' in header ? header.fields.map((name) => name.trim()) : [];
  // Empty cells beyond the last name are none.
  const names = written.slice(0, written.findLastIndex((name) => name !== '') + 1);
  const known: readonly string[] = entryColumns;
  const isRight =
    new Set(names).size === names.length &&
    names.every((name) => known.includes(name)) &&
    entryColumns.every((name) => name === 'expiresAt' || names.includes(name));
  if (isRight) return names;
  throw new ImportRefused(
    `the first line has to name the columns, separated by commas, semicolons or tabs: ${entryColumns.join(',')} (expiresAt may be left out). ` +
      'Nothing was imported; correct the header and import the file again',
  );
}

function writtenIn(fields: readonly string[], columns: readonly string[]): WrittenEntry {
  const of = (column: keyof WrittenEntry): string => withoutApostrophe(fields[columns.indexOf(column)] ?? '');
  return {
    kind: of('kind'),
    value: of('value'),
    verdict: of('verdict'),
    reason: of('reason'),
    expiresAt: of('expiresAt'),
  };
}

/** The database may still refuse what was taken for right: then each of the batch is tried alone. */
async function addBatch(
  pool: pg.Pool,
  editor: ListEditor,
  batch: readonly ReadLine[],
  dryRun: boolean,
): Promise<{ readonly added: number; readonly refused: readonly RejectedLine[] }> {
  const entries = batch.map(({ entry }) => entry);
  if (dryRun) {
    const listed = await countListed(pool, editor.subscriberId, entries);
    return { added: batch.length - listed, refused: [] };
  }
  try {
    return { added: await inTransaction(pool, (db) => addEntries(db, editor, entries)), refused: [] };
  } catch (error) {
    if (!(error instanceof StoreConflict)) throw error;
    const [alone] = batch;
    if (batch.length === 1 && alone !== undefined) {
      return { added: 0, refused: [{ line: alone.line, why: 'was refused by the database' }] };
    }
    const results = [];
    for (const one of batch) results.push(await addBatch(pool, editor, [one], dryRun));
    return {
      added: results.reduce((sum, { added }) => sum + added, 0),
      refused: results.flatMap(({ refused }) => refused),
    };
  }
}
