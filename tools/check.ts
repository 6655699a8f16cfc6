import { runChecks } from './checks.ts';

/** Checks the source without running a test: types, lint, format, boundaries, dead code, vocabulary. */
export async function main(): Promise<number> {
  return (await runChecks()) === 0 ? 0 : 1;
}
