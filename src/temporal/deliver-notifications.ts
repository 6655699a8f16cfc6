/** The workflow type, as operators see it. */
export const DELIVER_NOTIFICATIONS = 'deliverNotifications';
