import { readMoment } from '../../domain/moment.ts';
import { UsageError } from '../output/exit.ts';

/** A time of an option, UTC where it has no zone. @throws UsageError where it is none */
export function readDate(option: string, text: string): Date {
  const date = readMoment(text);
  if (date) return date;
  throw new UsageError(`${option} ${text} is not a date: write 2026-11-01, or 2026-11-01T08:00Z`);
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

/** The option that a field is given by: "dueBefore" is --due-before. */
export function optionOf(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The number of a row, as a command names it. @param what such as "a task" @throws UsageError where it is none */
export function readRowNumber(what: string, text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new UsageError(`${what} is named by its number`);
  return Number(text);
}
