/** What reading an operator's input comes to. Reading never throws: the workflow that reads must never be wedged. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** The operator: where it can be read who has sent it. */
  | { readonly ok: false; readonly problem: string; readonly operator?: string };

/** What every operator's message carries. */
export interface SignedMessage {
  /** Who says so. The Temporal UI sends no identity, so it is part of the message. */
  readonly operator: string;
  readonly reason: string;
}

/** Let the money go: back to the payment option (refundAmount true) or on to the merchant (false). */
export interface UnblockCommand extends SignedMessage {
  readonly refundAmount: boolean;
  /** The call that carries it, where it came by the API. */
  readonly partnerReference?: string;
}

/** Keep the money for review, whatever the rules say. */
export type HoldCommand = SignedMessage;

/** Carry out the unblock that another operator has proposed. */
export interface ConfirmUnblockCommand extends SignedMessage {
  /** The proposal's hash: it stands for all that the confirming operator saw. */
  readonly confirms: string;
}

/** Say who looks after the payment; without a name nobody does. */
export interface AssignCommand extends SignedMessage {
  readonly assignee?: string;
}

/** Something that whoever decides should know. */
export interface NoteCommand extends SignedMessage {
  readonly text: string;
}

/** Stop or restart the review's clock. */
export type PauseReviewCommand = SignedMessage;

/** Move the end of the review. */
export interface ExtendReviewCommand extends SignedMessage {
  /** The new end of the review: ISO 8601, UTC. */
  readonly until: string;
}

/** What a person decides about a refund whose outcome nobody could find out. */
export type RefundCommand = SignedMessage &
  (
    | { readonly kind: 'retryRefund' | 'giveUpRefund' }
    /** The gateway's own reference for the payment that a person has found. */
    | { readonly kind: 'markRefundPaid'; readonly gatewayReference: string }
  );

/** Stands in examples where a person's own name goes. It is refused: two who leave it in would count as one. */
export const EXAMPLE_OPERATOR = 'your name';

const BY = `"operator": "${EXAMPLE_OPERATOR}"`;

export const UNBLOCK_EXAMPLE = `{"refundAmount": true, ${BY}, "reason": "customer confirmed fraud"}`;
export const HOLD_EXAMPLE = `{${BY}, "reason": "waiting for the bank"}`;
export const ASSIGN_EXAMPLE = `{"assignee": "${EXAMPLE_OPERATOR}", ${BY}, "reason": "I know the customer"}`;
export const NOTE_EXAMPLE = `{"text": "the bank calls back on Monday", ${BY}}`;
export const PAUSE_REVIEW_EXAMPLE = `{${BY}, "reason": "the customer sends papers"}`;
export const RESUME_REVIEW_EXAMPLE = `{${BY}, "reason": "the papers are here"}`;
export const EXTEND_REVIEW_EXAMPLE = `{"hours": 24, ${BY}, "reason": "waiting for the bank"}`;
export const RETRY_REFUND_EXAMPLE = `{${BY}, "reason": "the gateway is up again"}`;
export const MARK_REFUND_PAID_EXAMPLE = `{"gatewayReference": "rf_123", ${BY}, "reason": "seen in the gateway's books"}`;
export const GIVE_UP_REFUND_EXAMPLE = `{${BY}, "reason": "the gateway says it never came"}`;
export const UNBLOCK_CUSTOMER_EXAMPLE = `{${BY}, "reason": "identity confirmed"}`;

/** Reads what came with `unblock`; letter case of the fields does not matter, `reason` may be left out. */
export function parseUnblock(input: unknown): Parsed<UnblockCommand> {
  return readSigned(input, UNBLOCK_EXAMPLE, (field, signed) => {
    const refundAmount = readBoolean(field('refundAmount'));
    if (refundAmount === undefined) {
      return refuse('refundAmount must be true (refund) or false (release to the merchant)', UNBLOCK_EXAMPLE);
    }
    const partnerReference = field('partnerReference');
    return {
      ok: true,
      value: {
        refundAmount,
        ...signed,
        ...(typeof partnerReference === 'string' ? { partnerReference: storable(partnerReference) } : {}),
      },
    };
  });
}

/** Reads what came with `hold`. */
export function parseHold(input: unknown): Parsed<HoldCommand> {
  return readSigned(input, HOLD_EXAMPLE, (_field, signed) => ({ ok: true, value: signed }));
}

/** What to paste to confirm the proposal with this hash. */
export function confirmUnblockExample(confirms: string): string {
  return `{"confirms": "${confirms}", ${BY}, "reason": "I have looked at it too"}`;
}

/** Reads what came with `confirmUnblock`. */
export function parseConfirmUnblock(input: unknown): Parsed<ConfirmUnblockCommand> {
  const example = confirmUnblockExample('the hash that the details show');
  return readSigned(input, example, (field, signed) => {
    const confirms = readText(field('confirms'));
    return confirms === undefined
      ? refuse('confirms is missing: the hash of the proposal, from the details', example)
      : { ok: true, value: { confirms: confirms.toLowerCase(), ...signed } };
  });
}

/** As long as Temporal and a table's column take it. */
const MAX_ASSIGNEE = 100;

/** Reads what came with `assign`; an assignee of null or nothing but blanks is nobody. */
export function parseAssign(input: unknown): Parsed<AssignCommand> {
  return readSigned(input, ASSIGN_EXAMPLE, (field, signed) => {
    const given = field('assignee');
    if (given !== null && typeof given !== 'string') {
      return refuse('assignee must be a name, or null for nobody', ASSIGN_EXAMPLE);
    }
    const assignee = readText(given)?.slice(0, MAX_ASSIGNEE);
    if (isExampleOperator(assignee))
      return refuse('assignee is still the example: put a name in', ASSIGN_EXAMPLE);
    return { ok: true, value: { ...(assignee === undefined ? {} : { assignee }), ...signed } };
  });
}

/** Reads what came with `note`. */
export function parseNote(input: unknown): Parsed<NoteCommand> {
  return readSigned(input, NOTE_EXAMPLE, (field, signed) => {
    const text = readText(field('text'));
    return text === undefined
      ? refuse('text is missing: what should whoever decides know?', NOTE_EXAMPLE)
      : { ok: true, value: { text, ...signed } };
  });
}

/** Reads what came with `pauseReview`. */
export function parsePauseReview(input: unknown): Parsed<PauseReviewCommand> {
  return readSigned(input, PAUSE_REVIEW_EXAMPLE, (_field, signed) => ({ ok: true, value: signed }));
}

/** Reads what came with `resumeReview`. */
export function parseResumeReview(input: unknown): Parsed<PauseReviewCommand> {
  return readSigned(input, RESUME_REVIEW_EXAMPLE, (_field, signed) => ({ ok: true, value: signed }));
}

const MAX_REVIEW_MS = 365 * 24 * 3600 * 1000;

/**
 * Reads what came with `extendReview`: `hours` from now, or `until` as a date.
 * @param now epoch milliseconds; the new end must lie after it, and not beyond a year
 */
export function parseExtendReview(input: unknown, now: number): Parsed<ExtendReviewCommand> {
  return readSigned(input, EXTEND_REVIEW_EXAMPLE, (field, signed) => {
    const hours = Number(field('hours') ?? Number.NaN);
    const until = Number.isFinite(hours)
      ? now + hours * 3600 * 1000
      : Date.parse(readText(field('until')) ?? '');
    if (Number.isNaN(until)) {
      return refuse(
        'say how long: hours as a number, or until as a date like 2026-12-01T12:00Z',
        EXTEND_REVIEW_EXAMPLE,
      );
    }
    if (until <= now) return refuse('the new end of the review lies in the past', EXTEND_REVIEW_EXAMPLE);
    if (until > now + MAX_REVIEW_MS)
      return refuse('a review can be extended by a year at most', EXTEND_REVIEW_EXAMPLE);
    return { ok: true, value: { until: new Date(until).toISOString(), ...signed } };
  });
}

/** Reads what came with `retryRefund`: ask the gateway again, with the same key. */
export function parseRetryRefund(input: unknown): Parsed<RefundCommand> {
  return readSigned(input, RETRY_REFUND_EXAMPLE, (_field, signed) => ({
    ok: true,
    value: { kind: 'retryRefund', ...signed },
  }));
}

/** Reads what came with `markRefundPaid`: it is paid, under this reference of the gateway's. */
export function parseMarkRefundPaid(input: unknown): Parsed<RefundCommand> {
  return readSigned(input, MARK_REFUND_PAID_EXAMPLE, (field, signed) => {
    const gatewayReference = readText(field('gatewayReference'));
    if (gatewayReference === undefined) {
      return refuse(
        "gatewayReference is missing: the gateway's own reference for the refund",
        MARK_REFUND_PAID_EXAMPLE,
      );
    }
    return { ok: true, value: { kind: 'markRefundPaid', gatewayReference, ...signed } };
  });
}

/** Reads what came with `giveUpRefund`: it is not paid and will not be; the money goes back to the blocked balance. */
export function parseGiveUpRefund(input: unknown): Parsed<RefundCommand> {
  return readSigned(input, GIVE_UP_REFUND_EXAMPLE, (_field, signed) => ({
    ok: true,
    value: { kind: 'giveUpRefund', ...signed },
  }));
}

/** Reads what came with a customer's `unblock`. */
export function parseUnblockCustomer(input: unknown): Parsed<SignedMessage> {
  return readSigned(input, UNBLOCK_CUSTOMER_EXAMPLE, (_field, signed) => ({ ok: true, value: signed }));
}

type FieldReader = (name: string) => unknown;

function readSigned<T>(
  input: unknown,
  example: string,
  read: (field: FieldReader, signed: SignedMessage) => Parsed<T>,
): Parsed<T> {
  if (input === undefined || input === null) return refuse('nothing came with it', example);
  if (typeof input !== 'object' || Array.isArray(input)) return refuse('it takes one JSON object', example);
  const fields = new Map(Object.entries(input).map(([name, value]) => [name.toLowerCase(), value]));
  const field: FieldReader = (name) => fields.get(name.toLowerCase());
  const operator = readText(field('operator'));
  if (operator === undefined) return refuse('operator is missing: say who you are', example);
  if (isExampleOperator(operator))
    return refuse('operator is still the example: put your own name in', example);
  const parsed = read(field, { operator, reason: readText(field('reason')) ?? '' });
  return parsed.ok ? parsed : { ...parsed, operator };
}

/** Whether a name is the examples' own, in whatever letter case. */
export function isExampleOperator(name: string | undefined): boolean {
  return name?.trim().toLowerCase() === EXAMPLE_OPERATOR;
}

const MAX_TEXT = 500;

/** On one line: a line break in a name or a reason would begin a paragraph, or a headline, of the details. */
function readText(value: unknown): string | undefined {
  const text = typeof value === 'string' ? storable(onOneLine(value).slice(0, MAX_TEXT)) : '';
  return text === '' ? undefined : text;
}

function onOneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

/** Without what no Postgres text takes: NUL, and half of a surrogate pair. It would stop the lifecycle at its next step. */
function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '');
}

function readBoolean(value: unknown): boolean | undefined {
  if (typeof value === 'boolean') return value;
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return text === 'true' ? true : text === 'false' ? false : undefined;
}

function refuse(problem: string, example: string): { ok: false; problem: string } {
  return { ok: false, problem: `${problem}. Example: ${example}` };
}
