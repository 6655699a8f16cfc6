import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { isSettled, progressOf, type RefundOutcome } from '../../src/domain/refund.ts';
import { GatewayUnavailable, type RefundGateway } from '../../src/gateways/port/refund-gateway.ts';
import type { SwitchInput } from '../../src/sandbox-gateway/switches.ts';
import { createSandboxGateway } from '../../src/gateways/sandbox/sandbox-gateway.ts';
import { createStripeGateway } from '../../src/gateways/stripe/stripe-gateway.ts';
import { SandboxProcess } from '../support/sandbox-process.ts';
import { StripeDouble } from '../support/stripe-double.ts';

const TIMEOUT_MS = 100;
const SLOW_MS = 200;

/** A gateway's other side: has books of its own, misbehaves by switches, and can be killed. */
interface Peer {
  gateway(timeoutMs?: number): RefundGateway;
  /** A payment option that nothing was refunded to yet. */
  paymentOptionToken(): string;
  misbehave(...switches: SwitchInput[]): Promise<void> | void;
  booked(refundReference: string): Promise<readonly unknown[]> | readonly unknown[];
  kill(): Promise<void>;
  restart(): Promise<void>;
  remove(): Promise<void>;
}

async function sandboxPeer(): Promise<Peer> {
  const sandbox = await SandboxProcess.start();
  return {
    gateway: (timeoutMs = 10_000) => createSandboxGateway({ url: sandbox.url, timeoutMs }),
    paymentOptionToken: () => 'tok_visa',
    misbehave: (...switches) => sandbox.misbehave(...switches),
    booked: (reference) => sandbox.booked(reference),
    kill: () => sandbox.kill(),
    restart: () => sandbox.restart(),
    remove: () => sandbox.remove(),
  };
}

async function stripePeer(): Promise<Peer> {
  const double = await StripeDouble.start();
  return {
    gateway: (timeoutMs = 10_000) =>
      createStripeGateway({ name: 'stripe', apiKey: 'sk_test_1', baseUrl: double.url, timeoutMs }),
    paymentOptionToken: () => double.pay().paymentIntent,
    misbehave: (...switches) => double.misbehave(...switches),
    booked: (reference) => double.booked(reference),
    kill: () => double.kill(),
    restart: () => double.restart(),
    remove: () => double.kill(),
  };
}

const when = fc.constantFrom('beforeBooking' as const, 'afterBooking' as const);
const misbehaviour: fc.Arbitrary<SwitchInput> = fc.oneof(
  fc.constant({ misbehave: 'decline' as const }),
  fc.constant({ misbehave: 'captureLater' as const, ms: 60 }),
  fc.constant({ misbehave: 'dropAnswer' as const }),
  fc.constant({ misbehave: 'tooMany' as const }),
  fc.record({ misbehave: fc.constant('error500' as const), when }),
  fc.record({ misbehave: fc.constant('slow' as const), ms: fc.constant(SLOW_MS), when }),
);

type Step = 'killAndRestart' | readonly SwitchInput[];
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.array(misbehaviour, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant('killAndRestart' as const) },
);

describe.each([
  ['the sandbox gateway', sandboxPeer],
  ['Stripe', stripePeer],
])('%s', (_name, start) => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await start();
  });
  afterAll(() => peer.remove());

  test('whatever it does between retries under one key, it books exactly one refund', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const gateway = peer.gateway(TIMEOUT_MS);
        const refund = {
          refundReference: randomUUID(),
          subscriberId: 'shop',
          idempotencyKey: randomUUID(),
          paymentOptionToken: peer.paymentOptionToken(),
          amount: { minor: 700, currency: 'EUR' },
        };
        const submit = async (): Promise<RefundOutcome | 'unavailable'> => {
          try {
            return await gateway.submit(refund);
          } catch (error) {
            if (error instanceof GatewayUnavailable) return 'unavailable';
            throw error;
          }
        };

        const told: (RefundOutcome | 'unavailable')[] = [];
        for (const one of steps) {
          if (one === 'killAndRestart') {
            await peer.kill();
            told.push(await submit());
            await peer.restart();
          } else {
            await peer.misbehave(...one);
            told.push(await submit());
          }
        }
        // Until every slow call has come to its end.
        await peer.misbehave();
        await sleep(SLOW_MS + 50);
        const patient = peer.gateway();
        await patient.submit(refund);

        expect(await peer.booked(refund.refundReference)).toHaveLength(1);
        const end = await vi.waitFor(async () => {
          const found = await patient.lookup(refund);
          expect(['paid', 'declined']).toContain(found.kind);
          return found;
        });
        // What was told along the way was never contradicted later.
        const settled = told
          .filter((outcome) => outcome !== 'unavailable')
          .filter((outcome) => isSettled(progressOf(outcome)));
        expect(settled).toEqual(settled.map(() => end));
      }),
      { numRuns: 40 },
    );
  }, 180_000);
});
