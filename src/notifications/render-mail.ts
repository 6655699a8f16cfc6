import path from 'node:path';
import { Eta } from 'eta';
import { customerBlockWorkflowId, paymentWorkflowId } from '../domain/ids.ts';
import { EXAMPLE_OPERATOR } from '../domain/operator-commands.ts';
import { type RunsAddress, runUrl } from '../domain/runs-address.ts';
import { projectRoot } from '../project-files.ts';
import type { EventType, OutboxEvent } from './events.ts';
import type { Language } from './languages.ts';
import { type Wording, wordings } from './mails/wording.ts';

const views = path.join(projectRoot, 'src/notifications/mails');
// Line breaks stand in the templates as they stand in the mail.
const html = new Eta({ views, cache: true, autoEscape: true, autoTrim: false });
// In a text a value can only do harm by starting lines of its own.
const text = new Eta({ views, cache: true, autoEscape: true, autoTrim: false, escapeFunction: onOneLine });

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The mail that tells an event: all that a person needs to act on it is in there. */
export function renderMail(event: OutboxEvent, address: RunsAddress, language: Language): RenderedMail {
  const wording = wordings[language];
  const subject = onOneLine(subjectOf(event, wording));
  const view = { ...event, ...factsOf(event, address, wording), subject };
  return {
    subject,
    text: text.render(`./${language}/${event.type}.text.eta`, view),
    html: html.render(`./${language}/${event.type}.html.eta`, view),
  };
}

function subjectOf<T extends EventType>({ type, payload }: OutboxEvent<T>, { subjects }: Wording): string {
  return subjects[type](payload);
}

const SIGNED = { operator: EXAMPLE_OPERATOR, reason: 'why' };

/** What the templates show beside the event itself. */
function factsOf({ subscriberId, payload }: OutboxEvent, address: RunsAddress, wording: Wording) {
  const { amount, moment, decidedBy } = wording;
  if ('uniqueReference' in payload) {
    return {
      amount: amount(payload.amount),
      runUrl: runUrl(paymentWorkflowId({ subscriberId, uniqueReference: payload.uniqueReference }), address),
      due: 'reviewDueAt' in payload ? moment(payload.reviewDueAt) : undefined,
      decidedBy: 'decidedBy' in payload ? (decidedBy[payload.decidedBy] ?? payload.decidedBy) : undefined,
      refundInput: input({ refundAmount: true, ...SIGNED }),
      releaseInput: input({ refundAmount: false, ...SIGNED }),
      markRefundPaidInput: input({ gatewayReference: 'its reference there', ...SIGNED }),
      signedInput: input(SIGNED),
    };
  }
  if ('customerUuid' in payload) {
    return {
      runUrl: runUrl(customerBlockWorkflowId({ subscriberId, customerUuid: payload.customerUuid }), address),
      expires: 'expiresAt' in payload ? moment(payload.expiresAt) : undefined,
      unblockCustomerInput: input(SIGNED),
    };
  }
  return 'nextStep' in payload ? { nextStep: wording.nextSteps[payload.kind] } : {};
}

/**
 * JSON as a person pastes it, over several lines: a single one is broken up by the Temporal UI's dialog while somebody
 * clicks on "Submit", which moves away under the click.
 */
function input(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(fields, undefined, 2);
}

function onOneLine(value: unknown): string {
  return String(value).replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');
}
