import { UsageError } from '../output/failures.ts';

/** A time of an option. @throws UsageError where it is none */
export function readDate(option: string, text: string): Date {
  // A time without a zone would be read as this machine's own.
  const isDate = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  const date = new Date(text);
  if (isDate && !Number.isNaN(date.getTime())) return date;
  throw new UsageError(
    `${option} ${text} is not a date: write 2026-11-01, or 2026-11-01T08:00Z with its zone`,
  );
}

/** The times of --from and --to. @throws UsageError where one is none, or the period never begins */
export function readPeriod(given: { readonly from?: string | undefined; readonly to?: string | undefined }): {
  readonly from?: Date;
  readonly to?: Date;
} {
  const from = given.from === undefined ? undefined : readDate('--from', given.from);
  const to = given.to === undefined ? undefined : readDate('--to', given.to);
  if (from && from >= (to ?? new Date())) throw new UsageError('--from has to lie before --to');
  return { ...(from && { from }), ...(to && { to }) };
}
