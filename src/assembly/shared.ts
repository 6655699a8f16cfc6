import type pg from 'pg';
import type { SharedConfig } from '../config.ts';
import { createWebhookChannel, type WebhookChannel } from '../notifications/webhook.ts';
import type { CardFingerprint } from '../rules/list-value.ts';
import type { RuleSets } from '../rules/rule-sets-in-force.ts';
import { type Assertions, createAssertions } from '../identity/assertions.ts';
import { createSealer, type Sealer } from '../store/db/sealing.ts';
import { cardFingerprints } from '../store/payments/card-fingerprint.ts';
import { loadRuleSet } from '../store/rules/rule-set-file.ts';
import { StoredRuleSets } from '../store/rules/stored-rule-sets.ts';

/** What the caller of a builder opens, and closes. */
export interface Opened {
  readonly pool: pg.Pool;
  readonly log: { error(text: string): void };
}

/** What worker and API have in common. */
interface SharedParts {
  readonly pool: pg.Pool;
  readonly ruleSets: RuleSets;
  readonly cardFingerprint: CardFingerprint;
  readonly sealer: Sealer;
  readonly assertions: Assertions;
  readonly webhookChannel: WebhookChannel;
}

/** Builds what worker and API have in common. @throws Error with every problem of the file of rules */
export async function sharedParts(config: SharedConfig, { pool, log }: Opened): Promise<SharedParts> {
  const defaultRuleSet = await loadRuleSet(config.RULES_FILE);
  return {
    pool,
    ruleSets: new StoredRuleSets(pool, defaultRuleSet, (problem) => log.error(problem)),
    cardFingerprint: cardFingerprints(config.FINGERPRINT_SECRET),
    sealer: createSealer(config.SECRETS_KEY),
    assertions: createAssertions(config.SECRETS_KEY),
    webhookChannel: createWebhookChannel({ allowLoopback: config.ALLOW_LOOPBACK_WEBHOOKS }),
  };
}
