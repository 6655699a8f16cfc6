import { readFileSync } from 'node:fs';
import type { Client } from '@temporalio/client';
import type { Command } from 'commander';
import { z } from 'zod';
import type { CustomerRef, PaymentBlockClient, PaymentRef, SigningKey } from '../../client/index.ts';
import { type Session, signedIn } from './signed-in.ts';
import { refusedCallIn } from '../../temporal/refused-call.ts';
import { Unreachable, UsageError } from '../output/exit.ts';

/** How long Temporal may take to say that it is there. */
const PATIENCE_MS = 5_000;

const globalOptions = z.object({
  subscriber: z.string().default(''),
  json: z.boolean().default(false),
});

/** Whether the answer is to be JSON. */
export function wantsJson(command: Command): boolean {
  return globalOptions.parse(command.optsWithGlobals()).json;
}

/** @throws UsageError if no subscriber is named, or it cannot be one */
export function subscriberOf(command: Command): string {
  const subscriber = optionalSubscriberOf(command) ?? signedIn()?.subscriberId;
  if (subscriber === undefined) {
    throw new UsageError('say which service subscriber: --subscriber ID, or PAYMENT_BLOCK_SUBSCRIBER');
  }
  return subscriber;
}

/** The subscriber, or undefined where none is named. @throws UsageError if it cannot be one */
export function optionalSubscriberOf(command: Command): string | undefined {
  const { subscriber } = globalOptions.parse(command.optsWithGlobals());
  if (subscriber === '') return undefined;
  if (!/^[^:\s\0]{1,64}$/.test(subscriber)) {
    throw new UsageError('a service subscriber is 1 to 64 characters without colon and space');
  }
  return subscriber;
}

/** Who is signed in for the subscriber of a command. @throws UsageError where it is for another one */
export function signedInFor(command: Command): Session | undefined {
  const session = signedIn();
  const subscriber = optionalSubscriberOf(command);
  if (session && subscriber !== undefined && subscriber !== session.subscriberId)
    throw new UsageError(
      `you are signed in for ${session.subscriberId}: for ${subscriber} run "payment-block --subscriber ${subscriber} sign-in"`,
    );
  return session;
}

/** The payment that a command is about. @throws UsageError */
export function paymentRefOf(command: Command, uniqueReference: string): PaymentRef {
  mustFit('uniqueReference', uniqueReference, 36);
  return { subscriberId: subscriberOf(command), uniqueReference };
}

/** The customer that a command is about. @throws UsageError */
export function customerRefOf(command: Command, customerUuid: string): CustomerRef {
  mustFit('customerUuid', customerUuid, 64);
  return { subscriberId: subscriberOf(command), customerUuid };
}

function mustFit(name: string, value: string, max: number): void {
  if (value.length < 1 || value.length > max) throw new UsageError(`${name} is 1 to ${max} characters`);
}

/**
 * Works with a client that is connected, and disconnects it.
 * @throws Unreachable if Temporal does not answer
 */
export async function withClient<T>(work: (client: PaymentBlockClient) => Promise<T>): Promise<T> {
  return withLazyClient(async (client, temporal) => {
    await temporal
      .withDeadline(Date.now() + PATIENCE_MS, () => temporal.workflowService.getSystemInfo({}))
      .catch(async (error: unknown) => {
        const [noToken] = /no token for Temporal: .*/.exec(refusedCallIn(error)?.details ?? '') ?? [];
        if (noToken !== undefined) throw new Unreachable(`out of reach: ${noToken}`, { cause: error });
        const { loadClientConnectConfig } = await import('@temporalio/envconfig');
        const { address = 'localhost:7233' } = loadClientConnectConfig().connectionOptions;
        throw new Unreachable(
          `out of reach: Temporal does not answer at ${address}. Check TEMPORAL_ADDRESS, and that the server runs.`,
          { cause: error },
        );
      });
    return work(client);
  });
}

/** The key that vouches for payments which are blocked from here: PAYMENT_BLOCK_SIGNING_KEY, its name and its file. */
function signingKey(): SigningKey | undefined {
  const given = process.env['PAYMENT_BLOCK_SIGNING_KEY'];
  if (given === undefined || given === '') return undefined;
  const [, name, file] = /^([\w.-]{1,64}):(.+)$/.exec(given) ?? [];
  if (name === undefined || file === undefined)
    throw new UsageError('PAYMENT_BLOCK_SIGNING_KEY is not NAME:FILE, such as checkout:checkout.pem');
  try {
    return { name, privateKey: readFileSync(file, 'utf8') };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UsageError(`PAYMENT_BLOCK_SIGNING_KEY names a file that cannot be read: ${why}`);
  }
}

/** Works with a client that connects at its first call, and disconnects it. */
export async function withLazyClient<T>(
  work: (client: PaymentBlockClient, temporal: Client) => Promise<T>,
): Promise<T> {
  // Loaded here: most commands work with the record alone, and the help with nothing.
  const { connectTemporal, PaymentBlockClient: Connected } = await import('../../client/index.ts');
  const temporal = connectTemporal();
  try {
    const taskQueue = process.env['TASK_QUEUE'] ?? 'payment-block';
    const key = signingKey();
    return await work(new Connected(temporal, taskQueue, key && { signingKey: key }), temporal);
  } finally {
    await temporal.connection.close();
  }
}
