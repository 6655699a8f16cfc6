import path from 'node:path';
import { z } from 'zod';
import type { ReviewPolicy } from './domain/review.ts';
import { operatorIdentities } from './domain/sender.ts';
import { projectRoot } from './runtime/project-files.ts';

export const HOUR_MS = 3600_000;

/** Whether a second person activates rule sets: the default. */
const fourEyes = z.stringbool().default(true);

const secret = z.string().min(32, 'must be a secret of at least 32 characters');

/** What seals the webhooks' secrets; and, for development, whether webhooks may go to this very machine. */
const webhooks = {
  SECRETS_KEY: secret,
  ALLOW_LOOPBACK_WEBHOOKS: z.stringbool().default(false),
  NODE_ENV: z.string().default(''),
};

const shared = {
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  TASK_QUEUE: z.string().default('payment-block'),
  RULES_FILE: z.string().default(path.join(projectRoot, 'rules/default.yaml')),
  TEMPORAL_UI_URL: z.url().default('http://127.0.0.1:8233'),
  /** Where people reach the API: mails link there, and the log-in provider sends them back there. */
  PUBLIC_URL: z.url().default('http://127.0.0.1:8080'),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error']).default('info'),
  FINGERPRINT_SECRET: secret,
  GATEWAYS_FILE: z.string().min(1, 'must not be empty').optional(),
  ...webhooks,
};

/** A setting for development that was left on would let subscribers reach into the machine. */
function onlyInDevelopment(
  { ALLOW_LOOPBACK_WEBHOOKS, NODE_ENV }: { ALLOW_LOOPBACK_WEBHOOKS: boolean; NODE_ENV: string },
  context: z.RefinementCtx,
): void {
  if (!ALLOW_LOOPBACK_WEBHOOKS || NODE_ENV !== 'production') return;
  const message = 'is for development, and cannot be on where NODE_ENV is production: unset it';
  context.addIssue({ code: 'custom', path: ['ALLOW_LOOPBACK_WEBHOOKS'], message });
}

const workerSchema = z
  .object({
    ...shared,
    /** The workflows bundled beforehand; without it the worker bundles them at each start, which takes seconds. */
    WORKFLOW_BUNDLE: z.string().min(1).optional(),
    // Instead of GATEWAYS_FILE: one sandbox gateway for everybody.
    GATEWAY_URL: z.url().default(''),
    GATEWAY_TIMEOUT_SECONDS: z.coerce.number().positive().max(25).default(20),
    GATEWAY_KEY_LIFETIME_HOURS: z.coerce.number().positive().default(24),
    SMTP_URL: z.url({ protocol: /^smtps?$/ }),
    MAIL_FROM: z.string().default('Payment block <payment-block@localhost>'),
    MAIL_TO: z.string().default('operators@localhost'),
    /** Who reaches Temporal can start a run: whether it takes a payment in only where the API or a client's key vouches for it. */
    VOUCHED_RUNS: z.enum(['required', 'off']).default('required'),
    /** How the names in operators' messages count: as typed, or only of a sender whom Temporal or a door of ours vouches for. */
    OPERATOR_IDENTITY: z.enum(operatorIdentities).default('typed'),
    REVIEW_REMINDER_HOURS: z.coerce.number().positive().default(4),
    REVIEW_DEADLINE_HOURS: z.coerce.number().positive().default(24),
    REVIEW_DEADLINE_ACTION: z.enum(['refund', 'release', 'stayHeld']).default('refund'),
  })
  .refine(({ GATEWAYS_FILE, GATEWAY_URL }) => GATEWAYS_FILE !== undefined || GATEWAY_URL !== '', {
    path: ['GATEWAY_URL'],
    message: 'is not set',
    when: () => true,
  });

const apiSchema = z.object({
  ...shared,
  API_HOST: z.string().default('127.0.0.1'),
  API_PORT: z.coerce.number().int().min(0).max(65535).default(8080),
  TOKEN_SECRET: secret,
  TOKEN_LIFETIME_SECONDS: z.coerce.number().int().positive().default(3600),
  RULES_FOUR_EYES: fourEyes,
  UNBLOCK_WAIT_SECONDS: z.coerce.number().nonnegative().default(25),
  MAX_LIFECYCLE_CALLS: z.coerce.number().int().positive().default(64),
  GATEWAY_WEBHOOK_SECRET: z.string().optional(),
  /** The log-in provider of the people who decide; without it nobody signs in by it. */
  OIDC_ISSUER: z.url().optional(),
  OIDC_CLIENT_ID: z.string().min(1).default('payment-block'),
  OIDC_CLIENT_SECRET: z.string().default(''),
  /** What the provider calls a strong sign-in (acr): approvals take a fresh one. Without it they take none. */
  OIDC_STEP_UP_ACR: z.string().min(1).optional(),
  /** Addresses or networks of the proxies in front, whose X-Forwarded-For is believed. */
  TRUSTED_PROXIES: z.string().default(''),
});

const webhookSchema = z.object(webhooks);

export type WorkerConfig = z.infer<typeof workerSchema>;
export type ApiConfig = z.infer<typeof apiSchema>;
export type SharedConfig = Pick<ApiConfig, keyof typeof shared>;

/** The worker's configuration. @throws Error that lists every variable that is missing or wrong */
export function readWorkerConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  return read(workerSchema.superRefine(onlyInDevelopment), env, 'worker');
}

/** Whether a second person activates rule sets, for commands. @throws Error if the variable is no yes or no */
export function readFourEyes(env: NodeJS.ProcessEnv): boolean {
  return read(z.object({ RULES_FOUR_EYES: fourEyes }), env, 'command').RULES_FOUR_EYES;
}

/** What commands about webhooks need. @throws Error that lists every variable that is missing or wrong */
export function readWebhookConfig(env: NodeJS.ProcessEnv): z.infer<typeof webhookSchema> {
  return read(webhookSchema.superRefine(onlyInDevelopment), env, 'command');
}

/** Where the Temporal UI is, for commands. @throws Error if the variable is no address */
export function readTemporalUiUrl(env: NodeJS.ProcessEnv): string {
  return read(z.object({ TEMPORAL_UI_URL: shared.TEMPORAL_UI_URL }), env, 'command').TEMPORAL_UI_URL;
}

/** The API's configuration. @throws Error that lists every variable that is missing or wrong */
export function readApiConfig(env: NodeJS.ProcessEnv): ApiConfig {
  return read(apiSchema.superRefine(onlyInDevelopment), env, 'API');
}

/** How long a held payment waits, and what then happens. */
export function reviewPolicyOf(config: WorkerConfig): ReviewPolicy {
  return {
    reminderAfterMs: config.REVIEW_REMINDER_HOURS * HOUR_MS,
    deadlineAfterMs: config.REVIEW_DEADLINE_HOURS * HOUR_MS,
    deadlineAction: config.REVIEW_DEADLINE_ACTION,
    operatorIdentity: config.OPERATOR_IDENTITY,
  };
}

function read<T>(schema: z.ZodType<T>, env: NodeJS.ProcessEnv, part: string): T {
  const result = schema.safeParse(env);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: [name = ''], message }) => {
    return `  ${String(name)}: ${env[String(name)] === undefined ? 'is not set' : message}`;
  });
  throw new Error(`the ${part} cannot start, its environment is not right:\n${problems.join('\n')}`);
}
