import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import type { RuleSet } from '../../src/rules/rule-set.ts';
import { type RuleSubject, subjectOfPayment } from '../../src/rules/subject.ts';
import { decide } from '../../src/store/decisions/decide.ts';
import { insertPayment } from '../../src/store/payments/payments.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import type { StoredDecision } from '../../src/store/decisions/decisions.ts';

/** Who pays with what: few of each, so that they meet again, and any of it left out. */
export const someTraffic = (length: number) =>
  fc.array(
    fc.record({
      isPayment: fc.boolean(),
      invoice: fc.constantFrom('i1', 'i2', 'i3'),
      customer: fc.constantFrom('ana', 'bo', null),
      card: fc.constantFrom('1111', '2222', '3333', 'string', null),
      ip: fc.constantFrom('198.51.100.7', '192.0.2.9', '2001:db8::1', 'nowhere', null),
      amount: fc.constantFrom(100, 60_000, 250_000),
      currency: fc.constantFrom('EUR', 'EUR', 'USD'),
      threeDs: fc.boolean(),
      online: fc.boolean(),
    }),
    { minLength: 1, maxLength: length },
  );

type Move = ReturnType<typeof someTraffic> extends fc.Arbitrary<(infer T)[]> ? T : never;

/** Sends the traffic one after the other, each in a transaction of its own as the API does. */
export async function send(
  pool: pg.Pool,
  ruleSet: RuleSet,
  subscriberId: string,
  moves: readonly Move[],
): Promise<StoredDecision[]> {
  const decisions: StoredDecision[] = [];
  for (const move of moves) {
    const subject = subjectOf(subscriberId, move);
    decisions.push(
      await inTransaction(pool, async (db) => {
        if ('payment' in subject) await insertPayment(db, subject.payment);
        return decide(db, ruleSet, 'payment' in subject ? subjectOfPayment(subject.payment) : subject.call);
      }),
    );
  }
  return decisions;
}

/** An ordinary payment of its own reference. */
export function paymentOf(subscriberId: string, changes: Partial<BlockedPayment> = {}): BlockedPayment {
  const uniqueReference = randomUUID();
  return {
    subscriberId,
    uniqueReference,
    partnerReference: `block-${uniqueReference}`,
    customerAccno: '1',
    merchantAccno: '2',
    amount: { minor: 10_000, currency: 'EUR' },
    paymentOption: { token: 'tok', ccType: 'VISA', ccLastFour: '4242', cardHolder: 'Erika Muster' },
    invoiceGUID: 'invoice',
    onlinePayment: true,
    threeDSAuthentication: true,
    localDate: '2026-01-01',
    localTime: '120000',
    ...changes,
  };
}

function subjectOf(
  subscriberId: string,
  move: Move,
): { readonly payment: BlockedPayment } | { readonly call: RuleSubject } {
  const who = {
    ...(move.customer === null ? {} : { customerFirstName: move.customer, customerLastName: 'Lima' }),
    ...(move.ip === null ? {} : { ipAddress: move.ip }),
    invoiceGUID: move.invoice,
    onlinePayment: move.online,
  };
  if (!move.isPayment) {
    const card = move.card === null ? {} : { ccLastFour: move.card, cardholderFirstName: 'Ana' };
    return { call: { subscriberId, ...who, ...card } };
  }
  const card = move.card === null ? {} : { ccLastFour: move.card, cardHolder: 'Ana' };
  const changes = {
    ...who,
    amount: { minor: move.amount, currency: move.currency },
    paymentOption: { token: 'tok', ...card },
    threeDSAuthentication: move.threeDs,
  };
  return { payment: paymentOf(subscriberId, changes) };
}
