import { actorText } from '../../../domain/people.ts';
import { casePath } from '../../../domain/ids.ts';
import { explainAnswer } from '../../../domain/list-entry.ts';
import { formatMoney } from '../../../domain/money.ts';
import type { PaymentView } from '../../../domain/payment.ts';
import { openProposal, outcomeText } from '../../../domain/proposals.ts';
import { utc } from '../../../reviews/words.ts';
import { asWritten, countsOf, explain } from '../../../rules/explain.ts';
import { detailsText, type TrailEntry } from '../../../store/books/trail.ts';
import type { PaymentOfCustomer } from '../../../store/customers/customer-file.ts';
import type { Notification } from '../../../store/notifications/notification-log.ts';
import type { StoredRefund } from '../../../store/refunds/refund-record.ts';
import type { CaseFile } from '../../../store/reviews/case-file.ts';

/** What is on record of a payment, in the words of its page. @param live its run, where it can be asked */
export function sectionsOf(file: CaseFile, live: PaymentView | undefined) {
  const { payment, decision, customer, listed } = file;
  return {
    facts: factsOf(file),
    why: decision ? explain(decision.decision) : payment.reasons,
    rules: rulesOf(file),
    counts: decision ? countsOf(decision.decision) : [],
    listed: explainAnswer(listed),
    matches: listed.matches.length > 1 ? listed.matches : [],
    customerTrail: (customer?.trail ?? []).map(trailLine),
    refunds: file.refunds.map(refundLine),
    chargebacks: file.chargebacks.map(({ reference, amount, reason, status: how, reportedAt }) => ({
      reference,
      amount: formatMoney(amount),
      reason,
      how,
      at: utc(reportedAt),
    })),
    notifications: file.notifications.map(notificationLine),
    ledger: file.ledger.map(({ at, entry, account, money }) => ({
      at: utc(at),
      entry,
      account,
      amount: formatMoney(money),
    })),
    messages: (live?.messages ?? []).map((message) => ({
      ...message,
      at: utc(new Date(message.at)),
      said: outcomeText(message, live && openProposal(live)),
    })),
    trail: file.trail.map(trailLine),
  };
}

/** A line of a customer's payments. */
export function paymentLine({ uniqueReference, amount, status, invoiceGUID, blockedAt }: PaymentOfCustomer) {
  return {
    reference: uniqueReference,
    href: casePath(uniqueReference),
    amount: formatMoney(amount),
    status,
    invoice: invoiceGUID,
    at: utc(blockedAt),
  };
}

/** A line of the audit. */
export function trailLine(entry: TrailEntry) {
  const { at, actor, action } = entry;
  return { at: utc(at), actor: actorText(actor), action, text: detailsText(entry) };
}

/** What identifies the payment, as label and value; what was not given is left out. */
function factsOf({ payment }: CaseFile): readonly (readonly [label: string, value: string])[] {
  const { paymentOption: option, amount, elsewhereMinor } = payment;
  const card = [option.ccType, option.ccLastFour].filter((part) => part !== undefined).join(' ');
  const name = (first: string | undefined, last: string | undefined) =>
    [first, last].filter((part) => part !== undefined).join(' ');
  const elsewhere = { minor: elsewhereMinor, currency: amount.currency };
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Invoice', payment.invoiceGUID],
    ['Merchant account', payment.merchantAccno],
    ['Customer account', payment.customerAccno],
    ['Customer name', name(payment.customerFirstName, payment.customerLastName)],
    ['Card', card],
    ['Card holder', option.cardHolder ?? name(payment.cardholderFirstName, payment.cardholderLastName)],
    ['IP address', payment.ipAddress],
    ['3-D Secure', payment.threeDSAuthentication ? 'authenticated' : 'not authenticated'],
    ['Gone elsewhere', elsewhereMinor === 0 ? undefined : formatMoney(elsewhere)],
    ['Blocked', utc(payment.blockedAt)],
  ];
  return facts.flatMap(([label, value]) =>
    value === undefined || value === '' ? [] : [[label, value] as const],
  );
}

function rulesOf({ decision }: CaseFile) {
  if (!decision) return undefined;
  const { results, facts } = decision.decision;
  return results.map(({ ruleId, description, outcome, saw, sums = [], contributed }) => ({
    ruleId,
    description,
    outcome,
    contributed: contributed.join(', '),
    saw: Object.entries(asWritten(saw, [...sums, 'amountMinor'], facts['currency']))
      .map(([name, value]) => `${name} = ${value === null ? 'not given' : String(value)}`)
      .join(', '),
  }));
}

function refundLine(refund: StoredRefund) {
  return {
    reference: refund.refundReference,
    amount: formatMoney(refund.amount),
    status: refund.isUnanswered ? `${refund.status}, unanswered` : refund.status,
    said: refund.statusReason,
    gateway: refund.gateway,
    gatewayReference: refund.gatewayReference ?? 'none yet',
    sent: refund.firstSubmittedAt === null ? 'not yet' : utc(refund.firstSubmittedAt),
    settledBy: refund.settledBy === null ? 'not settled' : actorText(refund.settledBy),
  };
}

function notificationLine({ type, occurredAt, deliveries }: Notification) {
  return {
    type,
    at: utc(occurredAt),
    told:
      deliveries
        .map(({ channel, state, attempts }) => {
          const tried = state === 'delivered' || attempts === 0 ? '' : ` after ${attempts} attempts`;
          return `${channel === 'email' ? 'mail' : 'webhook'} ${state}${tried}`;
        })
        .join(', ') || 'no recipient',
  };
}
