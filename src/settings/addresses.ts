import type { NotificationSettings } from './notifications.ts';
import type { ReviewSettings } from './review.ts';

/**
 * What is missing where reviews escalate to a group that no mail reaches: such mails go to everybody by default, and
 * nothing else would say so. Undefined where nothing is missing.
 */
export function missingAddress(
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
