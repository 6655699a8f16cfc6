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
 * A refund as it was accepted, and what becomes of it at `settlesAt`. Nothing about it is written later, so a restart
 * cannot lose its settling.
 */
export type BookedRefund = Readonly<z.infer<typeof refundLine>>;

/** The gateway's own record of what it accepted: one JSON line a refund, on disk before anybody is told of it. */
export class Books {
  /** What a crash left of a line, if there was one: its refund was never told to anybody. */
  readonly tornLine: string | undefined;
  private readonly fd: number;
  private size: number;
  private readonly refunds: BookedRefund[] = [];
  private readonly byId = new Map<string, BookedRefund>();
  private readonly byReference = new Map<string, BookedRefund[]>();
  private readonly byKey = new Map<string, BookedRefund>();

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

  /** Books a refund; it is on disk when this returns. */
  add(refund: BookedRefund): void {
    const line = `${JSON.stringify(refund)}\n`;
    try {
      appendFileSync(this.fd, line);
      fdatasyncSync(this.fd);
    } catch (error) {
      ftruncateSync(this.fd, this.size);
      throw error;
    }
    this.size += Buffer.byteLength(line);
    this.remember(refund);
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

  close(): void {
    closeSync(this.fd);
  }

  private remember(refund: BookedRefund): void {
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

function parseLine(line: string, file: string, number: number): BookedRefund {
  try {
    return refundLine.parse(JSON.parse(line));
  } catch (error) {
    throw new Error(
      `Line ${number} of the gateway's books, ${file}, is damaged: its refund cannot be accounted for.\n` +
        'Restore the file from a copy, or move it away to begin with empty books.',
      { cause: error },
    );
  }
}
