import type pg from 'pg';
import type { ReviewPolicy } from '../domain/review.ts';
import type { Gateways } from '../gateways/gateways.ts';
import type { NotificationChannel } from '../notifications/email.ts';
import type { WebhookChannel } from '../notifications/webhook.ts';
import type { RuleSets } from '../store/rule-sets-in-force.ts';
import type { CardFingerprint } from '../rules/list-value.ts';
import type { Sealer } from '../store/sealing.ts';

/** Everything that the activities touch. */
export interface ActivityDeps {
  readonly pool: pg.Pool;
  readonly ruleSets: RuleSets;
  readonly cardFingerprint: CardFingerprint;
  readonly reviewPolicy: ReviewPolicy;
  readonly gateways: Gateways;
  /** Mail. */
  readonly channel: NotificationChannel;
  readonly webhooks: WebhookChannel;
  /** Opens the webhooks' secrets. */
  readonly sealer: Sealer;
}
