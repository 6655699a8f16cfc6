/** How a command ends. */
export const EXIT = { done: 0, refused: 1, usage: 2, unreachable: 3, proposed: 4 } as const;

/** The table of exit codes, as the help shows it. */
export const EXIT_CODES =
  '0 done, 1 refused or not found, 2 used wrongly, 3 Temporal, the workers or Postgres cannot be reached, 4 proposed: another person has to confirm it';

/** The command was given something that it cannot work with. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command needs does not answer. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}
