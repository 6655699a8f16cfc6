import { duration } from '../progress.ts';
import type { StackPart } from './stack.ts';

/** The parts of a stack as a table to read: where each is and how long it took to start. */
export function partsTable(parts: readonly StackPart[]): string {
  const rows = parts.map(({ name, address, outside, milliseconds }) => [
    name,
    address,
    outside ? `outside, reached in ${duration(milliseconds)}` : `started in ${duration(milliseconds)}`,
  ]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd())
    .join('\n');
}
