import type pg from 'pg';
import type { ReviewPolicy } from '../domain/review.ts';
import type { Gateways } from '../gateways/gateways.ts';
import type { NotificationChannel } from '../notifications/events.ts';
import type { RuleSets } from '../store/rule-sets-in-force.ts';
import type { CardFingerprint } from '../rules/list-value.ts';

/** Everything that the activities touch. */
export interface ActivityDeps {
  readonly pool: pg.Pool;
  readonly ruleSets: RuleSets;
  readonly cardFingerprint: CardFingerprint;
  readonly reviewPolicy: ReviewPolicy;
  readonly gateways: Gateways;
  readonly channel: NotificationChannel;
}
