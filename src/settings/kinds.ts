import type { z } from 'zod';
import { notificationSettings, type NotificationSettings } from './notifications.ts';
import { reviewSettings, type ReviewSettings } from './review.ts';

/** What a subscriber can set for itself, by kind. */
export interface SettingsByKind {
  readonly review: ReviewSettings;
  readonly notifications: NotificationSettings;
}

export type SettingsKind = keyof SettingsByKind;

/** How the document of each kind is read. */
export const settingsKinds: { readonly [K in SettingsKind]: z.ZodType<SettingsByKind[K]> } = {
  review: reviewSettings,
  notifications: notificationSettings,
};
