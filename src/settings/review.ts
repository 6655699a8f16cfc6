import { z } from 'zod';

/** How long a subscriber's payments are held for, and what happens where nobody decides. */
export const reviewSettings = z.strictObject({
  reminderHours: z.number().positive(),
  deadlineHours: z.number().positive(),
  deadlineAction: z.enum(['refund', 'release', 'stayHeld']),
});
