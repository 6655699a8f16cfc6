import {
  appendFileSync,
  closeSync,
  existsSync,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const refundLine = z.strictObject({
  id: z.string(),
  reference: z.string(),
  idempotencyKey: z.string(),
  paymentOptionToken: z.string(),
  amountMinor: z.int(),
  currency: z.string(),
  acceptedAt: z.iso.datetime(),
  settlesAt: z.iso.datetime(),
  settlesAs: z.enum(['captured', 'declined']),
  declineReason: z.string().optional(),
  processedAmountMinor: z.int(),
  processedCurrency: z.string(),
});

/**
 * A refund as it was accepted, and what becomes of it at `settlesAt`. Its settling is not written later, so a restart
 * cannot lose it.
 */
export type BookedRefund = Readonly<z.infer<typeof refundLine>>;

const reversalLine = z.strictObject({ reversedRefund: z.string(), reason: z.string(), at: z.iso.datetime() });

/** A refund that was captured and came back: the card holder's bank did not take it. */
export type BookedReversal = Readonly<z.infer<typeof reversalLine>>;

/** How a payment's money has gone back without one of our refunds. */
export const contest = z.strictObject({
  paymentOptionToken: z.string().min(1),
  contested: z.enum(['refundedElsewhere', 'chargedBack']),
  reason: z.string().min(1),
});

export type BookedContest = Readonly<z.infer<typeof contest>>;

const bookLine = z.union([refundLine, reversalLine, contest]);

type BookLine = Readonly<z.infer<typeof bookLine>>;

/** The gateway's own record: one JSON line for everything that happened, on disk before it is answered. */
export class Books {
  /** What a crash left of a line, if there was one: its refund was never answered. */
  readonly tornLine: string | undefined;
  private readonly fd: number;
  private size: number;
  private readonly refunds: BookedRefund[] = [];
  private readonly byId = new Map<string, BookedRefund>();
  private readonly byReference = new Map<string, BookedRefund[]>();
  private readonly byKey = new Map<string, BookedRefund>();
  private readonly reversals = new Map<string, BookedReversal>();
  private readonly contests: BookedContest[] = [];

  /**
   * Opens the books, and starts them where there are none.
   * @throws where a line in the middle is not readable: money can then no longer be accounted for
   */
  constructor(file: string) {
    mkdirSync(path.dirname(path.resolve(file)), { recursive: true });
    const { lines, torn } = existsSync(file) ? readLines(file) : { lines: [], torn: '' };
    lines.forEach((line, index) => this.remember(parseLine(line, file, index + 1)));
    this.tornLine = torn === '' ? undefined : torn;
    this.fd = openSync(file, 'a');
    this.size = fstatSync(this.fd).size - Buffer.byteLength(torn);
    // The next line must not be glued to a torn one.
    ftruncateSync(this.fd, this.size);
  }

  /** Books what has happened; it is on disk when this returns. */
  add(entry: BookLine): void {
    const line = `${JSON.stringify(entry)}\n`;
    try {
      appendFileSync(this.fd, line);
      fdatasyncSync(this.fd);
    } catch (error) {
      ftruncateSync(this.fd, this.size);
      throw error;
    }
    this.size += Buffer.byteLength(line);
    this.remember(entry);
  }

  /** Every refund ever accepted, oldest first. */
  all(): readonly BookedRefund[] {
    return this.refunds;
  }

  withId(id: string): BookedRefund | undefined {
    return this.byId.get(id);
  }

  /** More than one where a reference was paid again under another key. */
  withReference(reference: string): readonly BookedRefund[] {
    return this.byReference.get(reference) ?? [];
  }

  /** The newest refund that was accepted under an idempotency key. */
  withKey(idempotencyKey: string): BookedRefund | undefined {
    return this.byKey.get(idempotencyKey);
  }

  reversalOf({ id }: BookedRefund): BookedReversal | undefined {
    return this.reversals.get(id);
  }

  /** How the money of a payment option's payments has gone back otherwise. */
  contestsOf(paymentOptionToken: string): readonly BookedContest[] {
    return this.contests.filter((one) => one.paymentOptionToken === paymentOptionToken);
  }

  close(): void {
    closeSync(this.fd);
  }

  private remember(entry: BookLine): void {
    if ('reversedRefund' in entry) this.reversals.set(entry.reversedRefund, entry);
    else if ('contested' in entry) this.contests.push(entry);
    else this.rememberRefund(entry);
  }

  private rememberRefund(refund: BookedRefund): void {
    this.refunds.push(refund);
    this.byId.set(refund.id, refund);
    this.byReference.set(refund.reference, [...this.withReference(refund.reference), refund]);
    this.byKey.set(refund.idempotencyKey, refund);
  }
}

/** A line counts once its line feed is on disk; what comes after the last one was being written in a crash. */
function readLines(file: string): { lines: string[]; torn: string } {
  const lines = readFileSync(file, 'utf8').split('\n');
  const torn = lines.pop() ?? '';
  return { lines, torn };
}

function parseLine(line: string, file: string, number: number): BookLine {
  try {
    return bookLine.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(
      `Line ${number} of the gateway's books, ${file}, is damaged: what it holds cannot be accounted for.\n` +
        'Restore the file from a copy, or move it away to begin with empty books.',
      { cause: error },
    );
  }
}
