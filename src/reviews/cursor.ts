import { z } from 'zod';
import type { ReviewPosition } from '../store/reviews/reviews.ts';

/** Where a page ended, as one word for an address or a command line. */
export function writeCursor(position: ReviewPosition): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** The position, or undefined where the word was not written by {@link writeCursor}. */
export function readCursor(word: string): ReviewPosition | undefined {
  try {
    return position.parse(JSON.parse(Buffer.from(word, 'base64url').toString()));
  } catch {
    return undefined;
  }
}

const uniqueReference = z.string().regex(/^[^\0\p{Surrogate}]{1,36}$/u);
const currency = z.string().regex(/^[A-Z]{3}$/);

const position = z.discriminatedUnion('order', [
  z.object({ order: z.literal('due'), at: z.int().nullable(), uniqueReference }),
  z.object({ order: z.literal('age'), at: z.int(), uniqueReference }),
  z.object({ order: z.literal('amount'), currency, minor: z.int(), uniqueReference }),
]);
