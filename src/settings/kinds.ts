import type { z } from 'zod';
import { reviewSettings } from './review.ts';

/** What a subscriber can set for itself, by kind. */
export interface SettingsByKind {
  readonly review: z.infer<typeof reviewSettings>;
}

export type SettingsKind = keyof SettingsByKind;

/** How the document of each kind is read. */
export const settingsKinds: { readonly [K in SettingsKind]: z.ZodType<SettingsByKind[K]> } = {
  review: reviewSettings,
};
