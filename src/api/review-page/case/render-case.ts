import { casePath, customerPath } from '../../../domain/ids.ts';
import { formatMoney } from '../../../domain/money.ts';
import { effectInWords, type PaymentView } from '../../../domain/payment.ts';
import { bookingText } from '../../../domain/messages/book-elsewhere.ts';
import { effectOf } from '../../../domain/refund-state.ts';
import { unansweredRisk } from '../../../domain/refund.ts';
import { needsReason, type Offer, offersFor } from '../../../reviews/offers.ts';
import { duration, utc } from '../../../reviews/words.ts';
import type { CaseFile } from '../../../store/reviews/case-file.ts';
import type { PaymentOfCustomer } from '../../../store/customers/customer-file.ts';
import { paymentLine, sectionsOf } from './case-sections.ts';
import { HEADLINES, notAllowed, type NotTaken, type Typed } from './decide.ts';
import { renderDesk } from '../page/render.ts';
import type { Visitor } from '../page/session.ts';

/** What a case's page is made of. */
export interface CaseView {
  readonly visitor: Visitor;
  readonly file: CaseFile;
  /** The customer's other payments, with the status that they have now. */
  readonly others: readonly PaymentOfCustomer[];
  /** Where the run stands: undefined where it is gone, "unreachable" while no worker answers. */
  readonly view: PaymentView | 'unreachable' | undefined;
  readonly now: Date;
  /** Stands for what is shown. */
  readonly mark: string;
  /** The message that was just taken. */
  readonly done?: string | undefined;
  /** The message that was not, why, and what was typed. */
  readonly refused?: NotTaken & TypedMessage;
  /** A message that was kept while the person was at the log-in provider. */
  readonly kept?: TypedMessage | undefined;
}

interface TypedMessage {
  readonly message: string;
  readonly typed: Typed;
}

/** One payment, with what a decision needs to know and the decisions that its state allows. */
export function renderCase({
  visitor,
  file,
  others,
  view,
  mark,
  now,
  done,
  refused,
  kept,
}: CaseView): string {
  const { payment } = file;
  const live = view === 'unreachable' ? undefined : view;
  const offers = live ? offersFor(live) : [];
  const mine = offers.filter(({ message }) => notAllowed(message, visitor) === undefined);
  return renderDesk('./case/case.eta', {
    ...sectionsOf(file, live),
    others: others.map(paymentLine),
    visitor,
    reference: payment.uniqueReference,
    path: casePath(payment.uniqueReference),
    changes: `${casePath(payment.uniqueReference)}/changes?seen=${mark}`,
    headline: HEADLINES[live?.status ?? payment.status],
    amount: formatMoney(payment.amount),
    now: utc(now),
    isUnreachable: view === 'unreachable',
    done: done === undefined ? undefined : live?.messages.findLast(({ name }) => name === done),
    isKept: kept !== undefined,
    refused: refused && {
      text: refused.text,
      stepUp:
        refused.needsStepUp &&
        `/reviews/sign-in?${new URLSearchParams({ stepUp: 'true', next: casePath(payment.uniqueReference) }).toString()}`,
      // The form that would keep it is gone with the state that it was for.
      lost: mine.some(({ message }) => message === refused.message) ? undefined : refused.typed['reason'],
    },
    clock: live ? clockOf(live, now) : undefined,
    assignedTo: live?.assignedTo,
    proposal: live?.proposal && { ...live.proposal, what: effectInWords(live.proposal) },
    refundProposal: live?.refundOutcomeProposed && {
      ...live.refundOutcomeProposed,
      what: effectOf(live.refundOutcomeProposed),
    },
    bookingProposal: live?.bookingProposed && {
      ...live.bookingProposed,
      what: bookingText(live.bookingProposed, payment.amount.currency),
    },
    risk: live?.unansweredRefund && unansweredRisk(live.unansweredRefund, payment.amount),
    offers: mine.map((offer) => offerOf(offer, refused ?? kept)),
    /** Decisions that need a role which the visitor does not have. */
    withheld: offers
      .filter((offer) => needsReason(offer.message) && !mine.includes(offer))
      .map(({ message }) => message),
    isReader: visitor.roles === undefined,
    customer: file.customer && customerOf(visitor, file, file.customer),
  });
}

/** The offers that end the block: what the page is about. */
const MAIN = new Set(['unblock', 'confirmUnblock']);

function offerOf(offer: Offer, before: TypedMessage | undefined) {
  return {
    ...offer,
    isMain: MAIN.has(offer.message),
    needsReason: needsReason(offer.message),
    typed: before?.message === offer.message ? before.typed : {},
  };
}

function customerOf(visitor: Visitor, { payment }: CaseFile, customer: NonNullable<CaseFile['customer']>) {
  const { customerBlocked, customerUuid, expiresAt } = customer.block;
  const act = customerBlocked ? 'unblock' : 'block';
  const { ccType, ccLastFour } = payment.paymentOption;
  return {
    customerUuid,
    href: customerPath(customerUuid),
    isBlocked: customerBlocked,
    until: expiresAt === undefined ? undefined : utc(new Date(expiresAt)),
    act: notAllowed(`${act}Customer`, visitor) === undefined ? act : undefined,
    card: ccLastFour === undefined ? undefined : [ccType, ccLastFour].filter(Boolean).join(' '),
  };
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
