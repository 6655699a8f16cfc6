import type { z } from 'zod';
import { reviewSettings, type ReviewSettings } from './review.ts';

/** What a subscriber can set for itself, by kind. */
export interface SettingsByKind {
  readonly review: ReviewSettings;
}

export type SettingsKind = keyof SettingsByKind;

/** How the document of each kind is read. */
export const settingsKinds: { readonly [K in SettingsKind]: z.ZodType<SettingsByKind[K]> } = {
  review: reviewSettings,
};
