import { expect, test } from 'vitest';
import type { Disposition, Facts, PayislandResponse, RuleEffect } from '../../src/domain/decision.ts';
import { evaluate } from '../../src/rules/evaluate.ts';
import { cardTypes, factsWith, ruleSetOf } from '../support/rule-sets.ts';

const ordinary: PayislandResponse = {
  cardTypeAvailableOnline: cardTypes,
  blockOnlinePayment: false,
  runPayislandRules: true,
  customerBlocked: false,
  declinePayment: false,
  sendToGateway: true,
  sendNotification: false,
};
const declined = { declinePayment: true, sendToGateway: false };
const blocked = { ...declined, customerBlocked: true };
const notOnline = { ...ordinary, runPayislandRules: false };

type Row = readonly [
  matching: readonly RuleEffect[],
  facts: Facts,
  response: Partial<PayislandResponse>,
  disposition: Disposition,
];

// contract.md, "flag precedence" and "disposition of a blocked payment".
const precedence: readonly Row[] = [
  [[], {}, {}, 'RELEASE'],
  [['decline'], {}, declined, 'REFUND'],
  [['hold'], {}, {}, 'HOLD'],
  [['hold', 'decline'], {}, declined, 'HOLD'],
  [['notify'], {}, { sendNotification: true }, 'RELEASE'],
  [['blockOnlinePayment'], {}, { blockOnlinePayment: true }, 'RELEASE'],
  [['removeCardType:AMEX'], {}, { cardTypeAvailableOnline: ['VISA', 'MASTERCARD'] }, 'RELEASE'],
  [['customerBlocked'], {}, blocked, 'HOLD'],
  [[], { customerBlocked: true }, blocked, 'HOLD'],
  [[], { cardBlocked: true }, blocked, 'HOLD'],
  [[], { invoiceOfBlockedCustomer: true }, blocked, 'HOLD'],
  [['decline'], { customerBlocked: true }, blocked, 'HOLD'],
  [
    ['decline', 'blockOnlinePayment', 'notify', 'removeCardType:VISA'],
    { onlinePayment: false },
    notOnline,
    'REFUND',
  ],
  [['hold'], { onlinePayment: false }, notOnline, 'HOLD'],
  [[], { onlinePayment: false, customerBlocked: true }, notOnline, 'HOLD'],
  [['decline'], { onlinePayment: null }, declined, 'REFUND'],
];

test.each(precedence)('%j with %j', (matching, facts, response, disposition) => {
  const ruleSet = ruleSetOf(
    matching.map((effect, index) => ({ id: `rule-${index}`, when: 'true', then: [effect] })),
  );
  const decision = evaluate(ruleSet, factsWith({ onlinePayment: true, ...facts }));
  expect(decision.response).toEqual({ ...ordinary, ...response });
  expect(decision.disposition).toBe(disposition);
});
