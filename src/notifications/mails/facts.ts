import { casePath, customerBlockWorkflowId, paymentWorkflowId, TASKS_PATH } from '../../domain/ids.ts';
import { runUrl } from '../../temporal/runs-address.ts';
import type { EventPayloads } from '../events.ts';
import type { Block, Fact, Span } from './document.ts';
import type { MailContext, Words } from './mails.ts';

type PaymentPayload = Omit<EventPayloads['paymentHeld'], 'reasons'> &
  Partial<Pick<EventPayloads['refundCaptured'], 'reasons' | 'refundReference'> & Decision>;

type Decision = Pick<EventPayloads['paymentReleased'], 'decidedBy' | 'operator' | 'confirmedBy' | 'reason'>;

/** All that the event says about the payment, and why it was stopped. @param more rows of this mail alone */
export function paymentFacts(
  words: Words,
  payload: PaymentPayload,
  context: MailContext,
  more: readonly Fact[] = [],
): Block[] {
  const { labels } = words;
  const { reviewDueAt, reasons = [] } = payload;
  const facts: Fact[] = [
    [labels.payment, payload.uniqueReference],
    [labels.amount, { strong: words.amount(payload.amount) }],
    [labels.card, payload.ccLastFour],
    [labels.invoice, payload.invoiceGUID],
    [labels.merchant, payload.merchantAccno],
    [labels.customer, payload.customerAccno],
    [labels.refund, payload.refundReference],
    [labels.due, reviewDueAt && { strong: words.moment(reviewDueAt, context.timeZone) }],
    [labels.decidedBy, payload.decidedBy && deciderIn(words, payload.decidedBy, payload.operator)],
    [labels.confirmedBy, payload.confirmedBy],
    [labels.reason, payload.reason],
    ...more,
    [labels.desk, { link: labels.openCase, to: linkToCase(payload, context) }],
    [labels.run, { link: labels.openRun, to: linkToPayment(payload, context) }],
  ];
  const why: Block[] = reasons.length === 0 ? [] : [{ paragraph: labels.whyStopped }, { list: reasons }];
  return [{ facts }, ...why];
}

function deciderIn(
  { deciders }: Words,
  decidedBy: Decision['decidedBy'],
  operator: string | undefined,
): string {
  return decidedBy === 'operator' ? (operator ?? deciders.operator) : deciders[decidedBy];
}

/** The words, linked to the payment's run. */
export function linkedToPayment(
  link: string,
  payload: Pick<PaymentPayload, 'uniqueReference' | 'runId'>,
  context: MailContext,
): Span {
  return { link, to: linkToPayment(payload, context) };
}

function linkToPayment(
  { uniqueReference, runId }: Pick<PaymentPayload, 'uniqueReference' | 'runId'>,
  { subscriberId, places }: MailContext,
): string {
  return runUrl(paymentWorkflowId({ subscriberId, uniqueReference }), places, runId);
}

/** The address of the payment's case at the desk. */
function linkToCase(
  { uniqueReference }: Pick<PaymentPayload, 'uniqueReference'>,
  { places }: MailContext,
): string {
  return new URL(casePath(uniqueReference), places.publicUrl).href;
}

/** The address of the open tasks at the desk. */
export function linkToTasks({ places }: MailContext): string {
  return new URL(TASKS_PATH, places.publicUrl).href;
}

/** The address of the run of a customer's block. */
export function linkToCustomer(
  { customerUuid, runId }: Pick<EventPayloads['customerBlocked'], 'customerUuid' | 'runId'>,
  { subscriberId, places }: MailContext,
): string {
  return runUrl(customerBlockWorkflowId({ subscriberId, customerUuid }), places, runId);
}
