import type { Disposition, Facts, PayislandResponse, RuleEffect, RuleResult } from '../domain/decision.ts';
import type { RuleSet } from './rule-set.ts';

/**
 * What the rules' effects come to, by contract.md: "flag precedence", 'what "block" does' and "disposition of a
 * blocked payment". A blocked customer is declined and a payment of theirs held even by a rule set without a rule for
 * it. The disposition is given for every payment, also where the rules have no say in the checkout.
 */
export function compose(
  ruleSet: Pick<RuleSet, 'cardTypesAvailableOnline'>,
  facts: Facts,
  results: readonly RuleResult[],
): { readonly response: PayislandResponse; readonly disposition: Disposition } {
  const effects = new Set(results.flatMap((result) => result.contributed));
  const customerBlocked = isBarred(facts) || effects.has('customerBlocked');
  const declinePayment = customerBlocked || effects.has('decline');
  const disposition = customerBlocked || effects.has('hold') ? 'HOLD' : declinePayment ? 'REFUND' : 'RELEASE';
  // Only a plain "no" is one: a fact that was not given must not switch the rules off.
  if (facts['onlinePayment'] === false) return { response: notOnline(ruleSet), disposition };
  return {
    response: {
      cardTypeAvailableOnline: ruleSet.cardTypesAvailableOnline.filter(
        (type) => !effects.has(removalOf(type)),
      ),
      blockOnlinePayment: effects.has('blockOnlinePayment'),
      runPayislandRules: true,
      customerBlocked,
      declinePayment,
      sendToGateway: !declinePayment,
      sendNotification: effects.has('notify'),
    },
    disposition,
  };
}

/** Whether the record of customer blocks bars the customer, by its uuid, its card or its invoice. */
export function isBarred(facts: Facts): boolean {
  return (
    facts['customerBlocked'] === true ||
    facts['cardBlocked'] === true ||
    facts['invoiceOfBlockedCustomer'] === true
  );
}

function notOnline(ruleSet: Pick<RuleSet, 'cardTypesAvailableOnline'>): PayislandResponse {
  return {
    cardTypeAvailableOnline: ruleSet.cardTypesAvailableOnline,
    blockOnlinePayment: false,
    runPayislandRules: false,
    customerBlocked: false,
    declinePayment: false,
    sendToGateway: true,
    sendNotification: false,
  };
}

function removalOf(cardType: string): RuleEffect {
  return `removeCardType:${cardType}`;
}
