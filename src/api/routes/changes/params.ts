import { z } from 'zod';

/** Which proposed change. */
export const changeParams = z.object({
  changeId: z.coerce
    .number()
    .refine((id) => Number.isSafeInteger(id) && id > 0, 'is the number of no change'),
});
