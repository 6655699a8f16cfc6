import { readFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SearchAttributePair } from '@temporalio/common';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { PaymentStatus } from '../../src/domain/payment.ts';
import type { RefundStatus } from '../../src/domain/refund.ts';
import { CUSTOMER_BLOCK, PAYMENT_LIFECYCLE } from '../../src/temporal/contract.ts';
import { searchAttributes as attributes } from '../../src/temporal/search-attributes.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { localEnvironment } from '../support/temporal.ts';

const page = readFileSync(path.join(projectRoot, 'docs/operating.md'), 'utf8');
const [, section = ''] = page.split('## Ready-made queries');
/** What each is said to find, and the query. */
const documented = Array.from(
  section.matchAll(/^\| (.+?) \| `(.+)` \|$/gm),
  ([, finds = '', query = '']) => ({
    finds,
    query,
  }),
);

const expected: Readonly<Record<string, readonly string[]>> = {
  'all that is held': [
    'payment:demo:due-today',
    'payment:demo:large',
    'payment:demo:terminated',
    'payment:demo:yen',
    'payment:shop:other',
  ],
  "due today (before tomorrow's date)": ['payment:demo:due-today'],
  'held since before': ['payment:demo:due-today'],
  'above an amount': ['payment:demo:large'],
  'a refund needs a person': ['payment:demo:unknown'],
  'its refund was declined': ['payment:demo:large'],
  'anything that needs a person': ['payment:demo:large', 'payment:demo:unknown'],
  'assigned to me': ['payment:demo:large'],
  "nobody's": ['payment:demo:due-today', 'payment:demo:terminated', 'payment:demo:yen', 'payment:shop:other'],
  'refunds under way': ['payment:demo:53234567643'],
  'this customer: payments and block': ['customer-block:demo:customer-1', 'payment:demo:large'],
  'this invoice': ['payment:demo:large'],
  'this payment': ['payment:demo:53234567643'],
  'held for one subscriber': [
    'payment:demo:due-today',
    'payment:demo:large',
    'payment:demo:terminated',
    'payment:demo:yen',
  ],
  'customers who are blocked': ['customer-block:demo:customer-1'],
  'held, but its run was terminated': ['payment:demo:terminated'],
};

let env: Awaited<ReturnType<typeof localEnvironment>>;
let afterTheFirst = '';

beforeAll(async () => {
  env = await localEnvironment();
  await start('payment:demo:due-today', payment('held', { due: '2026-12-01T15:00:00Z' }));
  await sleep(50);
  afterTheFirst = new Date().toISOString();
  await sleep(50);
  const invoice = [
    { key: attributes.customerUuid, value: 'customer-1' },
    { key: attributes.invoiceGuid, value: 'invoice-1' },
  ];
  const large = payment('held', {
    minor: 600_000,
    due: '2026-12-02T09:00:00Z',
    refund: 'DECLINED',
    attention: true,
    assignedTo: 'ana',
  });
  await start('payment:demo:large', [...large, ...invoice]);
  await start('payment:demo:yen', payment('held', { minor: 900_000, currency: 'JPY' }));
  await start('payment:shop:other', payment('held', { subscriber: 'shop' }));
  await start('payment:demo:53234567643', payment('refunding', { minor: 700_000, refund: 'PENDING' }));
  await start('payment:demo:unknown', payment('refundFailed', { refund: 'FAILED', attention: true }));
  await start('payment:demo:released', payment('released', { due: '2026-12-01T15:00:00Z' }));
  await (await start('payment:demo:terminated', payment('held', {}))).terminate();
  await start('customer-block:demo:customer-1', customer('customer-1'), CUSTOMER_BLOCK);
  await (await start('customer-block:demo:customer-2', customer('customer-2'), CUSTOMER_BLOCK)).terminate();
});

afterAll(async () => {
  await env?.teardown();
});

test('every query of docs/operating.md is tried here', () => {
  expect(documented.map(({ finds }) => finds)).toEqual(Object.keys(expected));
});

test.each(documented)('the documented query finds what it says: $finds', async ({ finds, query }) => {
  const asked = query.replace(/StartTime < "[^"]+"/, `StartTime < "${afterTheFirst}"`);
  // What has just been started is listed a moment later.
  await vi.waitFor(async () => {
    const found: string[] = [];
    for await (const run of env.client.workflow.list({ query: asked })) found.push(run.workflowId);
    expect(found.toSorted()).toEqual(expected[finds]);
  }, 10_000);
});

/** Nobody works on these runs: they stay as they were started. */
function start(workflowId: string, typedSearchAttributes: SearchAttributePair[], type = PAYMENT_LIFECYCLE) {
  return env.client.workflow.start(type, {
    workflowId,
    taskQueue: 'nobody',
    typedSearchAttributes,
    workflowExecutionTimeout: '10 minutes',
  });
}

function payment(
  status: PaymentStatus,
  seen: {
    readonly subscriber?: string;
    readonly currency?: string;
    readonly minor?: number;
    readonly due?: string;
    readonly refund?: RefundStatus;
    readonly attention?: boolean;
    readonly assignedTo?: string;
  },
): SearchAttributePair[] {
  const { subscriber = 'demo', currency = 'EUR', minor = 500_000, due = '2026-12-05T09:00:00Z' } = seen;
  return [
    { key: attributes.paymentStatus, value: status },
    { key: attributes.serviceSubscriber, value: subscriber },
    { key: attributes.currency, value: currency },
    { key: attributes.amountMinor, value: minor },
    { key: attributes.reviewDueAt, value: new Date(due) },
    { key: attributes.needsAttention, value: seen.attention ?? false },
    ...(seen.refund === undefined ? [] : [{ key: attributes.refundStatus, value: seen.refund }]),
    ...(seen.assignedTo === undefined ? [] : [{ key: attributes.assignedTo, value: seen.assignedTo }]),
  ];
}

function customer(customerUuid: string): SearchAttributePair[] {
  return [
    { key: attributes.serviceSubscriber, value: 'demo' },
    { key: attributes.customerUuid, value: customerUuid },
  ];
}
