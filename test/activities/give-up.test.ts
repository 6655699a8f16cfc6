import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import fc from 'fast-check';
import pg from 'pg';
import { expect, test } from 'vitest';
import { givingUp } from '../../src/activities/give-up.ts';
import { DataRefused, StoreConflict } from '../../src/store/db/errors.ts';

/** PostgreSQL, appendix A: what is worth a repetition. Classes 22, 23 and 54 become DataRefused in inTransaction. */
const REPEAT = ['25006', '40001', '40P01', '55P03', '57014', '57P01', '57P02', '57P03', '57P04', '57P05'];
const OTHER_CLASSES = [
  '0A',
  '21',
  '24',
  '25',
  '26',
  '28',
  '2B',
  '2D',
  '34',
  '3D',
  '3F',
  '42',
  '44',
  '55',
  'P0',
  'XX',
];

const inClass = (names: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(...names), fc.stringMatching(/^[0-9A-Z]{3}$/))
    .map((parts) => parts.join(''))
    .filter((code) => !REPEAT.includes(code));
const toRepeat = fc.oneof(fc.constantFrom(...REPEAT), inClass(['08', '53']));

/** What an attempt of an activity fails with whose work fails with an error. */
async function failureOf(error: Error, attempt: number): Promise<unknown> {
  const activity = new MockActivityEnvironment({ attempt }, { logger: new DefaultLogger('ERROR') });
  const work = async () => {
    throw error;
  };
  try {
    return await activity.run(() => givingUp(work));
  } catch (failure) {
    return failure;
  }
}

function databaseError(code: string): Error {
  return Object.assign(new pg.DatabaseError('as injected', 0, 'error'), { code });
}

test('what the database asks to repeat is repeated without an end', async () => {
  await fc.assert(
    fc.asyncProperty(toRepeat, fc.integer({ min: 1, max: 100_000 }), async (code, attempt) => {
      const error = databaseError(code);
      expect(await failureOf(error, attempt)).toBe(error);
    }),
  );
});

test.each([StoreConflict, DataRefused])('what the record refuses is given up at once', async (Refused) => {
  const failure = await failureOf(new Refused('the payment is not held'), 1);
  expect(failure).toEqual(ApplicationFailure.nonRetryable('the payment is not held', Refused.name));
});

test('whatever else the database answers, and a fault of ours, is given up after ten attempts', async () => {
  const errors = fc.oneof(inClass(OTHER_CLASSES).map(databaseError), fc.constant(new TypeError('of ours')));
  await fc.assert(
    fc.asyncProperty(errors, async (error) => {
      expect(await failureOf(error, 9)).toBe(error);
      expect(await failureOf(error, 10)).toMatchObject({
        nonRetryable: true,
        type: 'StepBroken',
        message: `${error.message} (given up after 10 attempts)`,
      });
    }),
  );
});
