import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { isSettled, type RefundOutcome } from '../../src/domain/refund.ts';
import { GatewayUnavailable } from '../../src/gateways/refund-gateway.ts';
import type { SwitchInput } from '../../src/gateways/sandbox/switches.ts';
import { createSandboxGateway } from '../../src/gateways/sandbox-gateway.ts';
import { SandboxProcess } from './sandbox-process.ts';

const TIMEOUT_MS = 50;
const SLOW_MS = 100;

let sandbox: SandboxProcess;
beforeAll(async () => {
  sandbox = await SandboxProcess.start();
});
afterAll(() => sandbox.remove());

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

test('whatever the gateway does between retries under one key, it books at most one refund', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
      const gateway = createSandboxGateway({ url: sandbox.url, timeoutMs: TIMEOUT_MS });
      const refund = {
        refundReference: randomUUID(),
        idempotencyKey: randomUUID(),
        paymentOptionToken: 'tok_visa',
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
          await sandbox.kill();
          told.push(await submit());
          await sandbox.restart();
        } else {
          await sandbox.misbehave(...one);
          told.push(await submit());
        }
      }
      // Until every slow call has come to its end.
      await sandbox.misbehave();
      await sleep(SLOW_MS + 50);
      const patient = createSandboxGateway({ url: sandbox.url });
      await patient.submit(refund);

      expect(await sandbox.booked(refund.refundReference)).toHaveLength(1);
      const end = await vi.waitFor(async () => {
        const found = await patient.lookup(refund);
        expect(['paid', 'declined']).toContain(found.kind);
        return found;
      });
      // What was told along the way was never contradicted later.
      const settled = told.filter((outcome) => outcome !== 'unavailable').filter(isSettled);
      expect(settled).toEqual(settled.map(() => end));
    }),
    { numRuns: 40 },
  );
}, 120_000);
