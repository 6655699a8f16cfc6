import type { Client } from '@temporalio/client';
import type { FastifyBaseLogger } from 'fastify';
import type pg from 'pg';
import type { PaymentBlockClient } from '../../client/index.ts';
import type { RunsAddress } from '../../temporal/runs-address.ts';
import type { GatewayWebhook } from '../../gateways/port/gateway-webhook.ts';
import type { RuleSets } from '../../rules/rule-sets-in-force.ts';
import type { CardFingerprint } from '../../rules/list-value.ts';
import type { Assertions } from '../../identity/assertions.ts';
import type { Sealer } from '../../store/db/sealing.ts';
import type { WebhookChannel } from '../../notifications/webhook.ts';
import type { Authenticator } from '../http/authentication.ts';
import type { LoadLimit } from '../http/load-limits.ts';
import type { IdentityProvider } from './identity-provider.ts';
import type { RefundRechecks } from './refund-rechecks.ts';
import type { Tokens } from '../http/tokens.ts';

/** What the API is built from. */
export interface ApiDeps {
  readonly pool: pg.Pool;
  readonly temporal: Client;
  /** Where the workers listen. */
  readonly taskQueue: string;
  readonly runs: RunsAddress;
  readonly ruleSets: RuleSets;
  readonly cardFingerprint: CardFingerprint;
  /** What reads the messages of gateways, by the gateway's name. */
  readonly webhooks: ReadonlyMap<string, GatewayWebhook>;
  /** For test messages. */
  readonly webhookChannel: WebhookChannel;
  /** Seals the webhooks' secrets. */
  readonly sealer: Sealer;
  /** Vouches for who sends an operator's message. */
  readonly assertions: Pick<Assertions, 'vouch'>;
  /** Who vouches for people; without it nobody signs in by it. */
  readonly identityProvider?: IdentityProvider;
  readonly logger: FastifyBaseLogger;
  readonly settings: {
    readonly tokenSecret: string;
    readonly tokenLifetimeSeconds: number;
    /** How long kc-unblock waits for the refund before it answers PENDING. */
    readonly unblockWaitSeconds: number;
    /** Whether another person than the one who added a rule set has to activate it. */
    readonly fourEyes: boolean;
    /** How many calls may wait for a lifecycle at once; those beyond are answered 503. */
    readonly maxLifecycleCalls: number;
    /** Addresses and networks of the proxies in front: of a call through them the address is that of X-Forwarded-For. */
    readonly trustedProxies: readonly string[];
  };
}

/** What the routes work with. */
export interface RouteDeps extends ApiDeps {
  readonly client: PaymentBlockClient;
  readonly authenticator: Authenticator;
  readonly tokens: Tokens;
  readonly refundRechecks: RefundRechecks;
  /** Calls that start or move a lifecycle. */
  readonly lifecycleCalls: LoadLimit;
  /** Unblocks that wait for their refund. */
  readonly refundWaits: LoadLimit;
  /** Aborted when the API stops: what waits for something answers with what it has. */
  readonly stopping: AbortSignal;
}
