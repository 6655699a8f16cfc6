import { EVERYBODY } from '../../domain/people.ts';
import { differenceOf, type FieldChange } from '../../settings/difference.ts';
import type { SettingsByKind, SettingsKind } from '../../settings/kinds.ts';
import type { Queryable } from '../db/postgres.ts';
import { readSettings, settingsInForce } from './settings.ts';
import type { NotificationSettings } from '../../settings/notifications.ts';
import type { ReviewSettings } from '../../settings/review.ts';

/** What a document would change of what holds for a subscriber now. */
export interface SettingsChange {
  readonly changes: readonly FieldChange[];
  /** What would hold and most likely is not meant. */
  readonly warnings: readonly string[];
}

/**
 * What putting a document into force would change; changes nothing.
 * @param document null: nothing is set any more
 * @throws SettingsRefused with every field that is wrong
 */
export async function settingsChange(
  db: Queryable,
  kind: SettingsKind,
  subscriberId: string,
  document: string | null,
): Promise<SettingsChange> {
  const now = {
    review: (await settingsInForce(db, 'review', subscriberId))?.settings,
    notifications: (await settingsInForce(db, 'notifications', subscriberId))?.settings,
    fourEyes: (await settingsInForce(db, 'fourEyes', subscriberId))?.settings,
  };
  const next = await settingsAfter(db, kind, subscriberId, document);
  const warning = missingAddress(
    kind === 'review' ? next.review : now.review,
    kind === 'notifications' ? next.notifications : now.notifications,
  );
  return {
    changes: differenceOf(now[kind], next[kind]),
    warnings: warning === undefined ? [] : [warning],
  };
}

async function settingsAfter(
  db: Queryable,
  kind: SettingsKind,
  subscriberId: string,
  document: string | null,
): Promise<Partial<SettingsByKind>> {
  if (document !== null) return { [kind]: readSettings(kind, document) };
  if (subscriberId === EVERYBODY) return {};
  const beneath = await settingsInForce(db, kind, EVERYBODY);
  return beneath === undefined ? {} : { [kind]: beneath.settings };
}

/**
 * What is missing where reviews escalate to a group that no mail reaches: such mails go to everybody by default, and
 * nothing else would say so. Undefined where nothing is missing.
 */
function missingAddress(
  review: ReviewSettings | undefined,
  notifications: NotificationSettings | undefined,
): string | undefined {
  const group = review?.escalation?.to;
  if (group === undefined || Object.hasOwn(notifications?.recipients ?? {}, group)) return undefined;
  return (
    `reviews are escalated to "${group}", and no mail address is set for that group: the mails go to the default ` +
    'recipients. Add it to "recipients" of the notification settings.'
  );
}
