import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BlockCustomerRequest } from '../../../src/domain/customer-block.ts';
import { problemOfBlock } from '../../../src/domain/customer-block.ts';
import { customerBlockView, storeBlock } from '../../../src/store/customers/customer-blocks.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const request: BlockCustomerRequest = {
  onlinePayment: true,
  sendBlockNotification: false,
  threeDSAuthentication: true,
  actor: 'ana',
};

test('of all expiries of a block the latest holds, and none is the latest, in whatever order they come', async () => {
  const expiry = fc.option(
    fc.integer({ min: 1, max: 1000 }).map((days) => new Date(Date.UTC(2099, 0, days)).toISOString()),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(expiry, { minLength: 1, maxLength: 4 }), async (expiries) => {
      const customer = { subscriberId: 'demo', customerUuid: randomUUID() };
      for (const expiresAt of expiries) {
        const one = expiresAt === null ? request : { ...request, expiresAt };
        await inTransaction(database.pool, (db) => storeBlock(db, customer, one));
      }
      const latest = expiries.includes(null)
        ? undefined
        : expiries.reduce((one, other) => ((one ?? '') > (other ?? '') ? one : other));
      const view = await customerBlockView(database.pool, customer);
      expect([view.customerBlocked, view.expiresAt]).toEqual([true, latest]);
    }),
    { numRuns: 40 },
  );
});

test.each([
  [{ ...request, invoiceGUID: 'x'.repeat(65) }, 'invoiceGUID is longer than 64 characters'],
  [{ ...request, cardHolder: 'a\0b' }, 'cardHolder holds a character that cannot be stored'],
  [{ ...request, cardHolder: '4242 4242 4242 4242' }, 'cardHolder holds the whole number of a card'],
  [{ ...request, ccLastFour: 4242 }, 'ccLastFour must be a text'],
  [{ ...request, expiresAt: '2026-02-30' }, 'expiresAt is not a time'],
  [{ ...request, actor: 'gаteway' }, 'that is a part of the system'],
  [{ ...request, onlinePayment: 'true' }, 'onlinePayment must be true or false'],
  ['block', 'a block is one JSON object'],
])('a block that cannot be stored is refused before it is taken: %j', (asked, problem) => {
  expect(problemOfBlock(asked)).toContain(problem);
});

test('characters count as the database and the documents count them', () => {
  expect(problemOfBlock({ ...request, ccLastFour: '😀'.repeat(16) })).toBeUndefined();
  expect(problemOfBlock({ ...request, ccLastFour: '😀'.repeat(17) })).toContain('longer than 16');
});

test('a block by the rules is taken', () => {
  expect(problemOfBlock({ ...request, actor: 'rules' })).toBeUndefined();
  expect(problemOfBlock(request)).toBeUndefined();
});
