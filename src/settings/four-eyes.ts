import { z } from 'zod';
import { fourEyesAreas } from '../domain/proposed-change.ts';

/** Which changes one person proposes and another one confirms; what is not named takes one person. */
export const fourEyesSettings = z.strictObject({
  takesTwo: z.array(z.enum(fourEyesAreas)).refine((areas) => new Set(areas).size === areas.length, {
    message: 'each at most once',
  }),
});

export type FourEyesSettings = z.infer<typeof fourEyesSettings>;
