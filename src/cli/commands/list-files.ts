import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { z } from 'zod';
import { writeCsvRecord } from '../../lists/csv.ts';
import { entryColumns, writeEntry } from '../../lists/entry-text.ts';
import { importEntries, type ImportReport, ImportRefused, LARGEST_IMPORT_BYTES } from '../../lists/import.ts';
import type { CardFingerprint } from '../../rules/list-value.ts';
import { listEntries } from '../../store/lists/lists.ts';
import { printMade } from '../output/changes-text.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { named } from '../input/signed.ts';
import { UsageError } from '../output/exit.ts';
import { importProgress } from '../output/import-progress.ts';
import { align, print } from '../output/output.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';

const importOptions = z.object({ dryRun: z.boolean().default(false) });

/** `lists import` and `lists export`: the same CSV. */
export function addListFileCommands(lists: Command, fingerprints: () => CardFingerprint): void {
  named(lists.command('import').argument('<file>', `CSV with the columns ${entryColumns.join(',')}`))
    .description(
      'add the entries of a CSV file; a line that cannot be taken is reported and the others are added',
    )
    .option('--dry-run', 'report what would happen, and change nothing')
    .action(async (file: string, _options: unknown, command: Command) => {
      const { dryRun } = importOptions.parse(command.opts());
      const subscriberId = subscriberOf(command);
      const text = await readImport(file);
      const progress = importProgress(process.stderr);
      const report = await withSignature(command, 'lists.write', (pool, { actor }) =>
        importEntries(pool, { subscriberId, actor }, text, {
          fingerprint: fingerprints(),
          dryRun,
          onProgress: progress.tell,
        }),
      )
        .catch((error: unknown) => {
          throw error instanceof ImportRefused ? new UsageError(error.message) : error;
        })
        .finally(progress.end);
      const { proposed } = report;
      if (proposed) {
        const more = { json: report, text: describeReport(report) };
        return printMade(wantsJson(command), { proposed }, () => {}, more);
      }
      print(wantsJson(command), report, describeReport(report));
    });

  lists
    .command('export')
    .description('write every entry that counts now as CSV, for "lists import"')
    .action(async (_options: unknown, command: Command) => {
      const subscriberId = subscriberOf(command);
      await write(writeCsvRecord(entryColumns));
      await withDatabase(async (pool) => {
        for (let before: number | undefined; ; ) {
          const entries = await listEntries(pool, subscriberId, { before, limit: PAGE });
          const lines = entries.map((entry) => {
            const written = writeEntry(entry);
            return writeCsvRecord(entryColumns.map((column) => written[column]));
          });
          await write(lines.join(''));
          if (entries.length < PAGE) return;
          before = entries.at(-1)?.entryId;
        }
      });
    });
}

const PAGE = 1000;

async function readImport(file: string): Promise<string> {
  const size = await stat(file).then(
    (found) => found.size,
    (error: Error) => {
      throw new UsageError(`the file cannot be read: ${error.message}`);
    },
  );
  if (size > LARGEST_IMPORT_BYTES) {
    throw new UsageError(
      `the file is larger than ${LARGEST_IMPORT_BYTES / 1024 / 1024} MiB: import it in parts`,
    );
  }
  return readFile(file, 'utf8');
}

function describeReport({
  dryRun,
  rows,
  added,
  alreadyListed,
  rejected,
  proposed,
  rejectedLines,
}: ImportReport): string {
  const counts = align([
    ['rows', String(rows)],
    [dryRun ? 'would be added' : 'added', String(added)],
    ['proposed', proposed ? String(rows - alreadyListed - rejected) : undefined],
    ['listed already', String(alreadyListed)],
    ['rejected', String(rejected)],
  ]);
  return [counts, ...rejectedLines.map(({ line, why }) => `line ${line}: ${why}`)].join('\n');
}

async function write(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, 'drain');
}
