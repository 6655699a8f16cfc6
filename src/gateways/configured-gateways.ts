import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';
import { EVERYBODY } from '../domain/people.ts';
import { zodMessages } from '../wire/zod-messages.ts';
import type { GatewayWebhook } from './port/gateway-webhook.ts';
import { gatewaysOf, type Gateways } from './port/gateways.ts';
import type { RefundGateway } from './port/refund-gateway.ts';
import { createSandboxGateway } from './sandbox/sandbox-gateway.ts';
import { createSandboxWebhook } from './sandbox/sandbox-webhook.ts';

/** Credentials are never in the file: it names the environment variables that hold them. */
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable');

const everyGateway = {
  // The activity around a call ends after 30 seconds.
  timeoutSeconds: z.number().positive().max(25).default(20),
  webhookSecretEnv: variable.exactOptional(),
};
const sandbox = z.strictObject({
  adapter: z.literal('sandbox'),
  url: z.url(),
  keyLifetimeHours: z.number().positive().default(24),
  ...everyGateway,
});
const stripe = z.strictObject({
  adapter: z.literal('stripe'),
  apiKeyEnv: variable,
  // Where it is not Stripe itself, such as stripe-mock.
  url: z.url().exactOptional(),
  ...everyGateway,
});

const gateway = z.discriminatedUnion('adapter', [sandbox, stripe]);

type Gateway = z.infer<typeof gateway>;

const name = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'must be small letters, digits and hyphens');

const configuration = z
  .strictObject({
    gateways: z.record(name, gateway),
    /** The gateway of each service subscriber; "*" is for all others. */
    subscribers: z.record(z.string(), z.string()),
  })
  .superRefine(({ gateways, subscribers }, context) => {
    if (!Object.hasOwn(subscribers, '*')) {
      context.addIssue({
        code: 'custom',
        path: ['subscribers', '*'],
        message: 'is missing: who has no gateway of its own?',
      });
    }
    for (const [subscriber, used] of Object.entries(subscribers)) {
      if (Object.hasOwn(gateways, used)) continue;
      context.addIssue({
        code: 'custom',
        path: ['subscribers', subscriber],
        message: `there is no gateway ${used}`,
      });
    }
  });

/** Which gateways there are, how they are reached, and who uses which. Holds no secret. */
export type GatewayConfiguration = z.infer<typeof configuration>;

/**
 * Reads the file that GATEWAYS_FILE names (YAML).
 * @throws Error that lists every field that is wrong
 */
export async function readGatewaysFile(file: string): Promise<GatewayConfiguration> {
  let document: unknown;
  try {
    document = parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new Error(`the gateways in ${file} cannot be read: ${String(error)}`, { cause: error });
  }
  const read = configuration.safeParse(document, { error: zodMessages });
  if (read.success) return read.data;
  throw listed(
    file,
    read.error.issues.map(({ path, message }) => `${path.join('.') || 'the file'}: ${message}`),
  );
}

/**
 * The gateways that refunds are paid by.
 * @param env where the credentials are
 * @throws Error that lists every environment variable that is named and not set
 */
export async function configuredGateways(
  { gateways, subscribers }: GatewayConfiguration,
  env: NodeJS.ProcessEnv,
): Promise<Gateways> {
  const secrets = new Secrets(env);
  const makers = Object.entries(gateways).map(
    ([key, settings]) => [key, makerOf(key, settings, secrets, isShared(key, subscribers))] as const,
  );
  secrets.mustAllBeThere();
  const made = await Promise.all(makers.map(async ([key, make]) => [key, await make()] as const));
  const byName = new Map(made);
  const names = new Map(Object.entries(subscribers));
  return gatewaysOf(byName, (subscriberId) => names.get(subscriberId) ?? names.get('*') ?? '');
}

/**
 * What reads the messages of the gateways that send some, by the gateway's name.
 * @throws as configuredGateways
 */
export async function configuredWebhooks(
  { gateways }: GatewayConfiguration,
  env: NodeJS.ProcessEnv,
): Promise<ReadonlyMap<string, GatewayWebhook>> {
  const secrets = new Secrets(env);
  const webhooks = new Map<string, GatewayWebhook>();
  for (const [key, settings] of Object.entries(gateways)) {
    const { webhookSecretEnv } = settings;
    if (webhookSecretEnv === undefined) continue;
    const secret = secrets.read(`gateways.${key}.webhookSecretEnv`, webhookSecretEnv);
    if (secret !== '') webhooks.set(key, await createWebhook(settings, secret));
  }
  secrets.mustAllBeThere();
  return webhooks;
}

/** Whether a gateway pays for more than one subscriber. */
function isShared(key: string, subscribers: GatewayConfiguration['subscribers']): boolean {
  const users = Object.entries(subscribers).filter(([, used]) => used === key);
  return users.length > 1 || users.some(([subscriber]) => subscriber === EVERYBODY);
}

/** How to make a gateway; its credentials are read at once, so that all that are missing can be reported at once. */
function makerOf(
  key: string,
  settings: Gateway,
  secrets: Secrets,
  shared: boolean,
): () => Promise<RefundGateway> {
  const common = { name: key, timeoutMs: settings.timeoutSeconds * 1000 };
  switch (settings.adapter) {
    case 'sandbox': {
      const { url, keyLifetimeHours } = settings;
      return async () => createSandboxGateway({ ...common, url, keyLifetimeMs: keyLifetimeHours * 3600_000 });
    }
    case 'stripe': {
      const { url, apiKeyEnv } = settings;
      const apiKey = secrets.read(`gateways.${key}.apiKeyEnv`, apiKeyEnv);
      return async () => {
        const { createStripeGateway } = await import('./stripe/stripe-gateway.ts');
        return createStripeGateway({
          ...common,
          apiKey,
          isShared: shared,
          ...(url === undefined ? {} : { baseUrl: url }),
        });
      };
    }
  }
}

async function createWebhook({ adapter }: Gateway, secret: string): Promise<GatewayWebhook> {
  switch (adapter) {
    case 'sandbox':
      return createSandboxWebhook(secret);
    case 'stripe': {
      const { createStripeWebhook } = await import('./stripe/stripe-webhook.ts');
      return createStripeWebhook(secret);
    }
  }
}

/** Reads credentials from the environment, and collects what is missing: all of it is reported at once. */
class Secrets {
  private readonly missing: string[] = [];
  private readonly env: NodeJS.ProcessEnv;

  constructor(env: NodeJS.ProcessEnv) {
    this.env = env;
  }

  read(field: string, variableName: string): string {
    const value = this.env[variableName] ?? '';
    if (value === '') this.missing.push(`${field}: the environment variable ${variableName} is not set`);
    return value;
  }

  mustAllBeThere(): void {
    if (this.missing.length > 0) throw listed('the configuration', this.missing);
  }
}

function listed(where: string, problems: readonly string[]): Error {
  return new Error(
    `the gateways in ${where} are not right:\n${problems.map((one) => `  ${one}`).join('\n')}`,
  );
}
