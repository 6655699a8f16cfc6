import { table } from '../../src/cli/output/output.ts';

/** What was measured, to be printed and to be written as JSON. */
export interface Measured {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly (string | number | undefined)[])[];
}

export interface Column {
  readonly name: string;
  /** Makes it a column of numbers, which are printed with so many decimals. */
  readonly decimals?: number;
}

/** Columns of numbers. */
export function numbers(decimals: number, ...names: string[]): Column[] {
  return names.map((name) => ({ name, decimals }));
}

/** As a table under its title; what was not measured is left empty. */
export function printed({ title, columns, rows }: Measured): string {
  const cells = rows.map((row) => columns.map((column, index) => cell(row[index], column)));
  const headings = columns.map(({ name }) => name);
  const toTheRight = columns.filter(({ decimals }) => decimals !== undefined).map(({ name }) => name);
  return `\n${title}\n\n${table(headings, cells, toTheRight)}`;
}

/** Every row as an object, with the numbers unrounded. */
export function asData({ title, columns, rows }: Measured) {
  const data = rows.map((row) => Object.fromEntries(columns.map(({ name }, index) => [name, row[index]])));
  return { title, rows: data };
}

function cell(value: string | number | undefined, { decimals = 0 }: Column): string {
  if (typeof value !== 'number') return value ?? '';
  return value.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}
