import { actorText } from '../../domain/people.ts';
import { casePath, paymentWorkflowId } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { effectInWords, type PaymentView } from '../../domain/payment.ts';
import { bookingText } from '../../domain/messages/book-elsewhere.ts';
import { effectOf } from '../../domain/refund-state.ts';
import { unansweredRisk } from '../../domain/refund.ts';
import { roleMissingFor } from '../../domain/roles.ts';
import { needsReason, type Offer, offersFor } from '../../reviews/offers.ts';
import { duration, utc } from '../../reviews/words.ts';
import { explain } from '../../rules/explain.ts';
import { detailsText, type TrailEntry } from '../../store/books/trail.ts';
import type { CaseFile } from '../../store/reviews/case-file.ts';
import { type RunsAddress, runUrl } from '../../temporal/runs-address.ts';
import { renderPage } from './render.ts';
import type { Visitor } from './session.ts';

/** What a case's page is made of. */
export interface CaseView {
  readonly visitor: Visitor;
  readonly file: CaseFile;
  /** Where the run stands: undefined where it is gone, "unreachable" while no worker answers. */
  readonly view: PaymentView | 'unreachable' | undefined;
  readonly runs: RunsAddress;
  readonly now: Date;
  /** The message that was just taken. */
  readonly done?: string | undefined;
  readonly refused?: { readonly text: string; readonly reason: string };
}

const HEADLINES = {
  blocked: 'Blocked: the rules are being asked',
  held: 'Held for a decision',
  refunding: 'Refund under way',
  released: 'Released to the merchant',
  refunded: 'Refunded to the payment option',
  refundFailed: 'The refund needs a person',
} as const;

/** One payment, with what a decision needs to know and the decisions that its state allows. */
export function renderCase({ visitor, file, view, runs, now, done, refused }: CaseView): string {
  const { payment, decision, refund, customer } = file;
  const live = view === 'unreachable' ? undefined : view;
  const status = live?.status ?? payment.status;
  const offers = live ? offersFor(live) : [];
  const may = ({ message }: Offer) =>
    visitor.roles !== undefined && roleMissingFor(message, visitor.roles) === undefined;
  return renderPage('./case.eta', {
    visitor,
    reference: payment.uniqueReference,
    path: casePath(payment.uniqueReference),
    headline: HEADLINES[status],
    amount: formatMoney(payment.amount),
    now: utc(now),
    runUrl: runUrl(paymentWorkflowId(payment), runs),
    isUnreachable: view === 'unreachable',
    done: done === undefined ? undefined : live?.messages.findLast(({ name }) => name === done),
    refused,
    clock: live ? clockOf(live, now) : undefined,
    proposal: live?.proposal && {
      ...live.proposal,
      what: effectInWords(live.proposal),
    },
    offers: offers.filter(may).map((offer) => ({ ...offer, needsReason: needsReason(offer.message) })),
    /** Decisions that need a role which the visitor does not have. */
    withheld: offers
      .filter((offer) => needsReason(offer.message) && !may(offer))
      .map(({ message }) => message),
    isReader: visitor.roles === undefined,
    refundProposal: live?.refundOutcomeProposed && {
      ...live.refundOutcomeProposed,
      what: effectOf(live.refundOutcomeProposed),
    },
    bookingProposal: live?.bookingProposed && {
      ...live.bookingProposed,
      what: bookingText(live.bookingProposed, payment.amount.currency),
    },
    risk: live?.unansweredRefund && unansweredRisk(live.unansweredRefund, payment.amount),
    facts: factsOf(file),
    why: decision ? explain(decision.decision) : payment.reasons,
    rules: decision?.decision.results.map(({ ruleId, description, outcome, saw, contributed }) => ({
      ruleId,
      description,
      outcome,
      contributed: contributed.join(', '),
      saw: Object.entries(saw)
        .map(([name, value]) => `${name} = ${value === null ? 'not given' : String(value)}`)
        .join(', '),
    })),
    refund: refund && [
      ['reference', refund.refundReference],
      ['status', refund.statusReason === '' ? refund.status : `${refund.status}: ${refund.statusReason}`],
      ['gateway', refund.gateway],
      ['its reference', refund.gatewayReference ?? 'none yet'],
      ['sent', refund.firstSubmittedAt === null ? 'not yet' : utc(refund.firstSubmittedAt)],
      ['settled by', refund.settledBy === null ? 'not settled' : actorText(refund.settledBy)],
    ],
    chargebacks: file.chargebacks.map(({ reference, amount, reason, status: how, reportedAt }) => ({
      reference,
      amount: formatMoney(amount),
      reason,
      how,
      at: utc(reportedAt),
    })),
    customerBlocked: customer?.customerBlocked,
    others: file.others.map((other) => ({
      reference: other.uniqueReference,
      href: casePath(other.uniqueReference),
      amount: formatMoney(other.amount),
      status: other.status,
      at: utc(other.blockedAt),
    })),
    ledger: file.ledger.map(({ at, entry, account, money }) => ({
      at: utc(at),
      entry,
      account,
      amount: formatMoney(money),
    })),
    messages: (live?.messages ?? []).map((message) => ({ ...message, at: utc(new Date(message.at)) })),
    trail: file.trail.map(trailLine),
  });
}

/** Until when a person decides, and what happens if nobody does. */
function clockOf(
  { reviewDueAt, pausedAt, deadlineAction, status }: PaymentView,
  now: Date,
): string | undefined {
  if (status !== 'held') return undefined;
  if (pausedAt !== undefined) return `The clock is stopped since ${utc(new Date(pausedAt))}.`;
  if (reviewDueAt === undefined) return undefined;
  const due = new Date(reviewDueAt);
  const seconds = (due.getTime() - now.getTime()) / 1000;
  const when = seconds >= 0 ? `in ${duration(seconds)}` : `${duration(-seconds)} ago`;
  const otherwise = deadlineAction === undefined ? '' : ` ${IF_NOT_DECIDED[deadlineAction]}`;
  return `To be decided by ${utc(due)} (${when}).${otherwise}`;
}

const IF_NOT_DECIDED = {
  refund: 'Not decided by then: it is refunded.',
  release: 'Not decided by then: it is released to the merchant.',
  stayHeld: 'Not decided by then: it stays held.',
} as const;

/** What identifies the payment, as label and value; what was not given is left out. */
function factsOf({ payment }: CaseFile): readonly (readonly [label: string, value: string])[] {
  const { paymentOption: option } = payment;
  const card = [option.ccType, option.ccLastFour].filter((part) => part !== undefined).join(' ');
  const name = (first: string | undefined, last: string | undefined) =>
    [first, last].filter((part) => part !== undefined).join(' ');
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['Invoice', payment.invoiceGUID],
    ['Merchant account', payment.merchantAccno],
    ['Customer account', payment.customerAccno],
    ['Customer', payment.customerUuid],
    ['Customer name', name(payment.customerFirstName, payment.customerLastName)],
    ['Card', card],
    ['Card holder', option.cardHolder ?? name(payment.cardholderFirstName, payment.cardholderLastName)],
    ['IP address', payment.ipAddress],
    ['3-D Secure', payment.threeDSAuthentication ? 'authenticated' : 'not authenticated'],
    ['Blocked', utc(payment.blockedAt)],
  ];
  return facts.flatMap(([label, value]) =>
    value === undefined || value === '' ? [] : [[label, value] as const],
  );
}

function trailLine(entry: TrailEntry) {
  const { at, actor, action } = entry;
  return { at: utc(at), actor: actorText(actor), action, text: detailsText(entry) };
}
