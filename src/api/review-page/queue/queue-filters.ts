import { z } from 'zod';

/** The filters of the queue as its form or its address has them: a form sends every field, also the empty ones. */
export const filledIn = z
  .record(z.string(), z.unknown())
  .transform((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== '')));

/** As many reviews as a page of the queue shows. */
export const PAGE_SIZE = '25';
