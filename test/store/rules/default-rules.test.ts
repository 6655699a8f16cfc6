import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Disposition, PayislandResponse } from '../../../src/domain/decision.ts';
import type { ListKey, ListVerdict } from '../../../src/domain/list-entry.ts';
import { attemptKeys, type RuleSubject } from '../../../src/rules/subject.ts';
import { storeBlock } from '../../../src/store/customers/customer-blocks.ts';
import { decide } from '../../../src/store/decisions/decide.ts';
import { addEntries } from '../../../src/store/lists/lists.ts';
import { insertAttempts, type PastAttempt } from '../../support/attempts.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { defaultRuleSetText, parsed } from '../../support/rule-sets.ts';

const ruleSet = parsed(defaultRuleSetText);

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const ordinaryAnswer: PayislandResponse = {
  cardTypeAvailableOnline: ['VISA', 'MASTERCARD', 'AMEX'],
  blockOnlinePayment: false,
  runPayislandRules: true,
  customerBlocked: false,
  declinePayment: false,
  sendToGateway: true,
  sendNotification: false,
};

/** The document's own sample call (run-payisland-rules), word for word. */
const sampleCall = {
  invoiceGUID: 'string',
  ccLastFour: 'string',
  ipAddress: 'string',
  onlinePayment: true,
  customerFirstName: 'string',
  customerLastName: 'string',
  cardholderFirstName: 'string',
  cardholderLastName: 'string',
};

test("the document's sample call gets an ordinary answer, however often it is made", async () => {
  for (let call = 0; call < 60; call += 1) {
    const { decision } = await decide(database.pool, ruleSet, { subscriberId: 'sample', ...sampleCall });
    expect(decision.response).toEqual(ordinaryAnswer);
  }
});

test('a rules call with nothing but the invoice gets an ordinary answer', async () => {
  const { decision } = await decide(database.pool, ruleSet, {
    subscriberId: 'sample',
    invoiceGUID: 'another',
    onlinePayment: true,
  });
  expect(decision).toMatchObject({ response: ordinaryAnswer, disposition: 'RELEASE' });
});

/** What went before, and what the payment is like, beside the ordinary one. */
interface Story {
  readonly payment?: Partial<RuleSubject>;
  readonly past?: readonly Partial<PastAttempt>[];
  readonly blocked?: {
    readonly customerUuid: string;
    readonly ccLastFour?: string;
    readonly invoiceGUID?: string;
  };
  readonly listed?: readonly (ListKey & { readonly verdict: ListVerdict })[];
}

interface Example {
  readonly rule: string;
  readonly fires: Story;
  readonly not: Story;
  readonly disposition: Disposition;
  readonly response?: Partial<PayislandResponse>;
}

const many = (count: number, attempt: (index: number) => Partial<PastAttempt>) =>
  Array.from({ length: count }, (_, index) => attempt(index));
const elsewhere = { invoice: 'elsewhere', customer: null, card: null, ip: null };
const declined = { declinePayment: true, sendToGateway: false };

const examples: readonly Example[] = [
  {
    rule: 'customer-blocked',
    fires: { blocked: { customerUuid: 'customer' } },
    not: { blocked: { customerUuid: 'another' } },
    disposition: 'HOLD',
    response: { ...declined, customerBlocked: true },
  },
  {
    rule: 'card-of-blocked-customer',
    fires: { blocked: { customerUuid: 'another', ccLastFour: '4242' } },
    not: { blocked: { customerUuid: 'another', ccLastFour: '4243' } },
    disposition: 'HOLD',
    response: { ...declined, customerBlocked: true },
  },
  {
    rule: 'invoice-of-blocked-customer',
    fires: { blocked: { customerUuid: 'another', invoiceGUID: 'invoice' } },
    not: { blocked: { customerUuid: 'another', invoiceGUID: 'elsewhere' } },
    disposition: 'HOLD',
    response: { ...declined, customerBlocked: true },
  },
  {
    rule: 'list-absolute-block',
    fires: {
      listed: [
        { kind: 'name', value: 'ANNA HUBER', verdict: 'absoluteBlock' },
        { kind: 'customer', value: 'customer', verdict: 'allow' },
        { kind: 'customer', value: 'customer', verdict: 'block' },
      ],
    },
    not: { listed: [{ kind: 'name', value: 'ANNE HUBER', verdict: 'absoluteBlock' }] },
    disposition: 'REFUND',
    response: { ...declined, sendNotification: true },
  },
  {
    rule: 'list-block',
    fires: {
      listed: [
        { kind: 'ip', value: '198.51.100.0/24', verdict: 'block' },
        { kind: 'name', value: 'ANNA HUBER', verdict: 'block' },
      ],
    },
    not: {
      listed: [
        { kind: 'ip', value: '198.51.100.0/24', verdict: 'block' },
        { kind: 'customer', value: 'customer', verdict: 'allow' },
      ],
    },
    disposition: 'REFUND',
    response: declined,
  },
  {
    rule: 'list-block-weak',
    fires: { listed: [{ kind: 'card', value: '4242:ANNA HUBER', verdict: 'block' }] },
    not: {
      listed: [
        { kind: 'card', value: '4242:ANNA HUBER', verdict: 'block' },
        { kind: 'ip', value: '198.51.100.7', verdict: 'block' },
      ],
    },
    disposition: 'HOLD',
    response: declined,
  },
  {
    rule: 'ip-on-blocked-network',
    fires: { payment: { ipAddress: '192.0.2.255' } },
    not: { payment: { ipAddress: '192.0.3.0' } },
    disposition: 'REFUND',
    response: { ...declined, sendNotification: true },
  },
  {
    rule: 'cards-per-ip',
    fires: {
      past: many(5, (n) => ({ ...elsewhere, ip: '198.51.100.7', card: `card ${n}`, minutesAgo: 59 })),
    },
    not: {
      past: many(5, (n) => ({
        ...elsewhere,
        ip: '198.51.100.7',
        card: `card ${n}`,
        minutesAgo: n === 0 ? 61 : 59,
      })),
    },
    disposition: 'REFUND',
    response: { ...declined, sendNotification: true },
  },
  {
    rule: 'cards-per-ip-raised',
    fires: { past: many(3, (n) => ({ ...elsewhere, ip: '198.51.100.7', card: `card ${n}` })) },
    not: { past: many(2, (n) => ({ ...elsewhere, ip: '198.51.100.7', card: `card ${n}` })) },
    disposition: 'HOLD',
    response: { cardTypeAvailableOnline: ['VISA', 'MASTERCARD'] },
  },
  {
    rule: 'attempts-per-ip',
    fires: { past: many(30, () => ({ ...elsewhere, ip: '198.51.100.7', minutesAgo: 9 })) },
    not: { past: many(29, () => ({ ...elsewhere, ip: '198.51.100.7', minutesAgo: 9 })) },
    disposition: 'REFUND',
    response: declined,
  },
  {
    rule: 'cards-per-customer',
    fires: { past: many(4, (n) => ({ ...elsewhere, customer: 'customer', card: `card ${n}` })) },
    not: { past: many(3, (n) => ({ ...elsewhere, customer: 'customer', card: `card ${n}` })) },
    disposition: 'REFUND',
    response: { ...declined, blockOnlinePayment: true, sendNotification: true },
  },
  {
    rule: 'customers-per-card',
    fires: { past: many(3, (n) => ({ ...elsewhere, card: '4242:ANNA HUBER', customer: `customer ${n}` })) },
    not: { past: many(2, (n) => ({ ...elsewhere, card: '4242:ANNA HUBER', customer: `customer ${n}` })) },
    disposition: 'HOLD',
    response: { sendNotification: true },
  },
  {
    rule: 'declines-per-card',
    fires: { past: many(3, () => ({ ...elsewhere, card: '4242:ANNA HUBER', declined: true })) },
    not: { past: many(3, (n) => ({ ...elsewhere, card: '4242:ANNA HUBER', declined: n > 0 })) },
    disposition: 'REFUND',
    response: declined,
  },
  {
    rule: 'attempts-per-invoice',
    fires: { past: many(10, () => ({ ...elsewhere, invoice: 'invoice' })) },
    not: { past: many(9, () => ({ ...elsewhere, invoice: 'invoice' })) },
    disposition: 'HOLD',
  },
  {
    rule: 'cardholder-not-customer',
    fires: { payment: { customerFirstName: 'Hans', customerLastName: 'Gruber' } },
    not: { payment: { customerFirstName: 'Anna', customerLastName: 'HUBER' } },
    disposition: 'HOLD',
  },
  {
    rule: 'amount-large',
    fires: { payment: { amount: { minor: 100_001, currency: 'EUR' } } },
    not: { payment: { amount: { minor: 100_001, currency: 'JPY' } } },
    disposition: 'HOLD',
  },
  {
    rule: 'amount-per-card',
    fires: {
      past: [{ ...elsewhere, card: '4242:ANNA HUBER', amount: { minor: 190_001, currency: 'EUR' } }],
    },
    not: {
      past: [
        { ...elsewhere, card: '4242:ANNA HUBER', amount: { minor: 190_000, currency: 'EUR' } },
        { ...elsewhere, card: '4242:ANNA HUBER', amount: { minor: 190_000, currency: 'USD' } },
        {
          ...elsewhere,
          card: '4242:ANNA HUBER',
          amount: { minor: 190_000, currency: 'EUR' },
          minutesAgo: 24 * 60 + 1,
        },
      ],
    },
    disposition: 'HOLD',
  },
  {
    rule: 'amount-without-limit',
    fires: { payment: { amount: { minor: 1, currency: 'KWD' } } },
    not: { payment: { amount: { minor: 1, currency: 'SEK' } } },
    disposition: 'HOLD',
  },
  {
    rule: 'amount-without-3ds',
    fires: { payment: { amount: { minor: 50_001, currency: 'EUR' }, threeDSAuthentication: false } },
    not: { payment: { amount: { minor: 50_000, currency: 'EUR' }, threeDSAuthentication: false } },
    disposition: 'HOLD',
  },
  {
    rule: 'not-online',
    fires: { payment: { onlinePayment: false } },
    not: {},
    disposition: 'RELEASE',
    response: { runPayislandRules: false },
  },
];

test('every default rule has an example', () => {
  expect(examples.map(({ rule }) => rule).toSorted()).toEqual(ruleSet.rules.map(({ id }) => id).toSorted());
});

test.each(examples)('$rule matches its example, alone', async ({ rule, fires, disposition, response }) => {
  const { decision } = await tell(`${rule} fires`, fires);
  expect(decision).toMatchObject({ response: { ...ordinaryAnswer, ...response }, disposition });
  expect(matching(decision.results)).toEqual([rule]);
});

test.each(examples)('$rule does not match its near miss', async ({ rule, not }) => {
  const { decision } = await tell(`${rule} does not`, not);
  expect(matching(decision.results)).not.toContain(rule);
});

test("an allow beats neither the customer's own block nor any rule about pace or amount", async () => {
  const story: Story = {
    listed: [{ kind: 'customer', value: 'customer', verdict: 'allow' }],
    blocked: { customerUuid: 'customer' },
    payment: { amount: { minor: 100_001, currency: 'EUR' } },
    past: many(30, () => ({ ...elsewhere, ip: '198.51.100.7', minutesAgo: 9 })),
  };
  const { decision } = await tell('allowed', story);
  expect(decision.response).toMatchObject({ ...declined, customerBlocked: true });
  expect(matching(decision.results)).toEqual(['customer-blocked', 'attempts-per-ip', 'amount-large']);
});

test('an allow withholds the network that payments are not taken from', async () => {
  const { decision } = await tell('allowed network', {
    listed: [{ kind: 'ip', value: '192.0.2.255', verdict: 'allow' }],
    payment: { ipAddress: '192.0.2.255' },
  });
  expect(decision).toMatchObject({ response: ordinaryAnswer, disposition: 'RELEASE' });
});

function matching(results: readonly { readonly ruleId: string; readonly outcome: string }[]): string[] {
  return results.filter(({ outcome }) => outcome === 'matched').map(({ ruleId }) => ruleId);
}

async function tell(subscriberId: string, { payment, past = [], blocked, listed = [] }: Story) {
  const subject: RuleSubject = {
    subscriberId,
    uniqueReference: 'payment',
    invoiceGUID: 'invoice',
    customerUuid: 'customer',
    ccLastFour: '4242',
    cardHolder: 'Anna Huber',
    ipAddress: '198.51.100.7',
    onlinePayment: true,
    threeDSAuthentication: true,
    amount: { minor: 10_000, currency: 'EUR' },
    ...payment,
  };
  if (blocked) {
    const { customerUuid, ...known } = blocked;
    await storeBlock(
      database.pool,
      { subscriberId, customerUuid },
      {
        ...known,
        cardHolder: 'ANNA HUBER',
        onlinePayment: true,
        sendBlockNotification: false,
        threeDSAuthentication: false,
        actor: 'test',
      },
    );
  }
  await addEntries(
    database.pool,
    { subscriberId, actor: 'test' },
    listed.map((entry) => ({ ...entry, reason: 'test', expiresAt: null })),
  );
  const { invoice, customer, card, ip } = attemptKeys(subject);
  await insertAttempts(
    database.pool,
    past.map((attempt) => ({
      subscriberId,
      invoice: invoice ?? '',
      customer,
      card,
      ip,
      declined: false,
      minutesAgo: 1,
      ...attempt,
    })),
  );
  return decide(database.pool, ruleSet, subject);
}
