import type { AssignCommand, BookElsewhereCommand, NoteCommand, SignedMessage } from './commands.ts';

type Entry =
  | (AssignCommand & { readonly kind: 'assign' })
  | (NoteCommand & { readonly kind: 'note' })
  | (SignedMessage & { readonly kind: 'withdrawProposal' })
  | (BookElsewhereCommand & { readonly kind: 'proposeBookElsewhere' })
  | (SignedMessage & {
      readonly kind: 'proposeRefundOutcome';
      readonly outcome: 'markRefundPaid' | 'giveUpRefund';
      readonly gatewayReference?: string;
    });

/** An accepted message that moves no money. The number identifies it among the entries of its payment. */
export type JournalEntry = Entry & { readonly number: number };

/** Entries that wait to be recorded, oldest first. */
export class Journal {
  private waiting: readonly JournalEntry[] = [];
  private count: number;

  /** @param count how many entries earlier runs of the payment have taken */
  constructor(count = 0) {
    this.count = count;
  }

  /** How many entries were taken, in all runs. */
  get taken(): number {
    return this.count;
  }

  append(entry: Entry): void {
    this.count += 1;
    this.waiting = [...this.waiting, { number: this.count, ...entry }];
  }

  /** The entry to record next; undefined when all are on record. */
  get next(): JournalEntry | undefined {
    return this.waiting[0];
  }

  recorded(entry: JournalEntry): void {
    this.waiting = this.waiting.filter((waiting) => waiting !== entry);
  }
}
