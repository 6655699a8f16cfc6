import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createRefundActivities } from '../../src/activities/refund.ts';
import type { RefundProgress } from '../../src/domain/refund.ts';
import { oneGateway } from '../../src/gateways/port/gateways.ts';
import type { SwitchInput } from '../../src/sandbox-gateway/switches.ts';
import { createSandboxGateway } from '../../src/gateways/sandbox/sandbox-gateway.ts';
import { insertPayment } from '../../src/store/payments/payments.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { samplePayment } from '../../tools/payments.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { SandboxProcess } from '../support/sandbox-process.ts';

const TIMEOUT_MS = 50;
const SLOW_MS = 100;

const logger = new DefaultLogger('ERROR');
const inActivity = <T>(work: () => Promise<T>): Promise<T> =>
  new MockActivityEnvironment({}, { logger }).run(work);

let sandbox: SandboxProcess;
let database: TestDatabase;
beforeAll(async () => {
  [sandbox, database] = await Promise.all([SandboxProcess.start(), testDatabase()]);
});
afterAll(async () => {
  await sandbox.remove();
  await database.drop();
});

/** Every way to lose an answer, or to have the call not taken at all. */
const misbehaviour = fc.constantFrom<SwitchInput | undefined>(
  undefined,
  { misbehave: 'dropAnswer' },
  { misbehave: 'tooMany' },
  { misbehave: 'error500', when: 'beforeBooking' },
  { misbehave: 'error500', when: 'afterBooking' },
  { misbehave: 'slow', ms: SLOW_MS, when: 'beforeBooking' },
  { misbehave: 'slow', ms: SLOW_MS, when: 'afterBooking' },
);

test('a gateway that neither looks up nor remembers a key pays at most once, whatever becomes of the answers', async () => {
  const able = createSandboxGateway({ url: sandbox.url, timeoutMs: TIMEOUT_MS });
  const gateway = { ...able, abilities: { ...able.abilities, looksUpByReference: false } };
  const activities = createRefundActivities({ pool: database.pool, gateways: oneGateway(gateway) });

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(misbehaviour, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      async (rounds) => {
        const payment = samplePayment();
        const refundReference = randomUUID();
        const decision = { refundAmount: true, operator: 'ana', reason: '', decidedBy: 'operator' as const };
        await inTransaction(database.pool, (db) => insertPayment(db, payment));
        const pay = (): Promise<RefundProgress | 'notTaken'> =>
          inActivity(() => activities.refund({ ...payment, refundReference, decision })).catch(
            (error: unknown) => {
              if (error instanceof ApplicationFailure) return 'notTaken';
              throw error;
            },
          );

        for (const round of rounds) {
          const faults = round.filter((fault) => fault !== undefined);
          await sandbox.misbehave({ misbehave: 'forgetKeys' }, ...faults);
          // Side by side, as when a worker that was thought dead is not.
          await Promise.all(round.map(pay));
        }
        await sandbox.misbehave({ misbehave: 'forgetKeys' });
        await sleep(SLOW_MS + 20);
        const last = await pay();
        const booked = await sandbox.booked(refundReference);
        expect(booked.length).toBeLessThanOrEqual(1);
        // And where it surely never came, it is not given up.
        expect(booked.length === 1 || (typeof last === 'object' && last.status === 'PENDING')).toBe(true);
      },
    ),
    { numRuns: 40 },
  );
}, 120_000);
