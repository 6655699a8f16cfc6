/** What a page shows, as one value that differs once it shows something else, and what to say then. */
export interface Mark {
  readonly value: string;
  readonly text: string;
}
