import { InvalidArgumentError } from 'commander';

/** Shows one line on the terminal. */
export function print(line: string): void {
  console.log(line);
}

/** Reads an option that is a number above 0. @throws InvalidArgumentError */
export function positive(text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new InvalidArgumentError('It has to be a number above 0.');
}
