/** What came of fuzzing one thing. */
export interface Findings {
  readonly what: string;
  /** How many inputs were tried. */
  readonly inputs: number;
  /** What must not be, each with the input that shows it. */
  readonly findings: readonly string[];
  /** What held the event loop for longer than LONGEST_MS. */
  readonly slow: readonly string[];
  /** The longest that one input took, or that the event loop was held. */
  readonly longestMs: number;
}

/** Nothing that anybody sends may hold the event loop for longer. */
export const LONGEST_MS = 200;
