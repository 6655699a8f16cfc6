import type { z } from 'zod';
import { fourEyesSettings, type FourEyesSettings } from './four-eyes.ts';
import { notificationSettings, type NotificationSettings } from './notifications.ts';
import { reviewSettings, type ReviewSettings } from './review.ts';

/** What a subscriber can set for itself, by kind. */
export interface SettingsByKind {
  readonly review: ReviewSettings;
  readonly notifications: NotificationSettings;
  readonly fourEyes: FourEyesSettings;
}

export type SettingsKind = keyof SettingsByKind;

/** Every kind. */
export const settingsKindNames = [
  'review',
  'notifications',
  'fourEyes',
] as const satisfies readonly SettingsKind[];

/** How the document of each kind is read. */
export const settingsKinds: { readonly [K in SettingsKind]: z.ZodType<SettingsByKind[K]> } = {
  review: reviewSettings,
  notifications: notificationSettings,
  fourEyes: fourEyesSettings,
};
