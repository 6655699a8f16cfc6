import { z } from 'zod';
import type { NotAuthenticated } from '../../../failures/access.ts';
import { failureOf } from '../../../failures/failure.ts';
import type { RuleSetProblem } from '../../../rules/document.ts';
import type { ChangeRefused } from '../../../store/changes/change-refused.ts';
import type { RuleSetRefused } from '../../../store/rules/rule-set-refused.ts';
import type { InvalidRequest } from '../../../wire/invalid-request.ts';
import {
  alreadyInUse,
  invalidParameter,
  Refusal,
  type ResponseCode,
  wrongStatus,
} from '../../../wire/response-codes.ts';

/** What every answer in KontoCloud's manner ends with (unblock-amount, "Response parameters"). */
export const trailerFields = {
  sysDate: z.string().describe("This server's date, UTC: YYYY-MM-DD"),
  sysTime: z.string().describe("This server's time, UTC: HHMMSS"),
  responseCode: z.string().describe('0000, or why not'),
  responseDescription: z.string(),
  additionalInformation: z.object({
    requestId: z.string().describe('To be quoted in a question about the call'),
  }),
};

/** The end of a successful answer. */
export function trailer(requestId: string) {
  return closingOf(requestId, '0000', 'Successful execution.');
}

const errorAnswer = z
  .object({
    partnerReference: z.string().nullable(),
    uniqueReference: z.string().nullable(),
    ...trailerFields,
  })
  .meta({ id: 'KontoCloudFailure' });

/** For a rule set that cannot be used: 0001, with everything that is wrong with it. */
export const invalidRuleSet = errorAnswer
  .extend({
    additionalInformation: z.object({
      requestId: z.string(),
      problems: z
        .array(
          z.object({
            line: z.int(),
            column: z.int(),
            rule: z.string().exactOptional(),
            message: z.string(),
          }),
        )
        .readonly()
        .exactOptional()
        .describe('What is wrong with the document'),
    }),
  })
  .describe('0001 fields, or a document that cannot be used, with its problems; 0007 an empty field');

/** The answers of a failed call that every route in KontoCloud's manner may give. */
export const failures = {
  400: errorAnswer.describe(
    '0001 fields, 0002 a parameter, 0003 the amount, 0007 an empty one, 0023 the currency',
  ),
  401: errorAnswer.describe(
    '0018 no token, or a wrong or expired one; 0019 the user is inactive, 0020 locked',
  ),
  403: errorAnswer.describe('0018: the scope is missing, or another person is needed'),
  429: errorAnswer.describe('0006: too many attempts to sign in; repeat the call after Retry-After seconds'),
  500: errorAnswer.describe('0006: an error here'),
  502: errorAnswer.describe('0006: nothing was recorded; repeat the call with the same partnerReference'),
  503: errorAnswer.describe(
    '0006: more calls than can be carried; repeat the call after Retry-After seconds',
  ),
};

/** For routes about a payment: 0002. */
export const notFound = errorAnswer.describe("0002: there is no such payment of the caller's");

/** For routes that change a payment: 0012, 0015. */
export const conflict = errorAnswer.describe(
  '0012: the reference was used for another call; 0015: the payment is not in a state that allows the call',
);

/** What of the request is echoed in an error: the references, as far as they could be read. */
export interface Echo {
  readonly partnerReference: string | null;
  readonly uniqueReference: string | null;
  readonly requestId: string;
}

/** A failed call in KontoCloud's manner: the HTTP status says the class, the code the reason. */
export function kontoCloudFailure(
  failure: unknown,
  { partnerReference, uniqueReference, requestId }: Echo,
): { status: Reason['status']; body: z.infer<typeof errorAnswer> } {
  const { status, code, description, problems } = reasonOf(failure);
  const closed = closingOf(requestId, code, description);
  const additionalInformation = problems ? { requestId, problems } : { requestId };
  const body = { partnerReference, uniqueReference, ...closed, additionalInformation };
  return { status, body };
}

interface Reason {
  readonly status: 400 | 401 | 403 | 404 | 409 | 429 | 500 | 502 | 503;
  readonly code: ResponseCode;
  readonly description: string;
  /** Of a rule set's document. */
  readonly problems?: readonly RuleSetProblem[];
}

function reasonOf(error: unknown): Reason {
  const failure = failureOf(error);
  switch (failure.kind) {
    case 'refused': {
      const { status, responseCode: code, message: description } = failure.error;
      return { status, code, description };
    }
    case 'invalid':
      return invalidFields(failure.error);
    case 'unreadable':
      return {
        status: 400,
        code: '0001',
        description: `The request cannot be read: ${failure.error.message}.`,
      };
    case 'ruleSetRefused':
      return ruleSetRefused(failure.error);
    case 'settingsRefused':
      return { status: 400, code: '0001', description: failure.error.message };
    case 'changeRefused':
      return changeRefused(failure.error);
    case 'notAuthenticated':
      return notAuthenticated(failure.error);
    case 'tooManyAttempts':
      return notProcessed(
        429,
        'there are too many attempts to sign in. Repeat the call after Retry-After seconds.',
      );
    case 'forbidden':
      return notAllowed(failure.error.message);
    case 'notFound':
      return reasonOf(unknownPayment());
    case 'alreadyBlocked':
      return reasonOf(alreadyBlocked());
    case 'messageRefused':
      return reasonOf(wrongStatus(failure.error.message));
    case 'overloaded':
      return notProcessed(
        503,
        'there are more calls than can be carried. ' +
          'Repeat the call with the same partnerReference after Retry-After seconds: it is done once.',
      );
    case 'unavailable':
      return notProcessed(
        502,
        'what it needs cannot be reached. Repeat the call with the same partnerReference: it is done once.',
      );
    case 'fault':
      return notProcessed(
        500,
        'there is an error here. Repeat the call with the same partnerReference; ' +
          'if it keeps failing, quote the requestId to the administrator of this service.',
      );
  }
}

function notProcessed(status: 429 | 500 | 502 | 503, why: string): Reason {
  return { status, code: '0006', description: `The operation could not be processed: ${why}` };
}

function notAllowed(why: string): Reason {
  return { status: 403, code: '0018', description: `The user is not allowed this call: ${why}.` };
}

function invalidFields({ problems, message }: InvalidRequest): Reason {
  if (problems.every(({ empty }) => empty === true)) {
    const parameters = problems.map(({ field }) => `'${field}'`).join(', ');
    return { status: 400, code: '0007', description: `${parameters} must not be empty.` };
  }
  return { status: 400, code: '0001', description: `Fields are missing or wrongly formatted: ${message}.` };
}

function ruleSetRefused({ kind, message, problems }: RuleSetRefused): Reason {
  switch (kind) {
    case 'invalid':
      return { status: 400, code: '0001', description: message, problems };
    case 'fourEyes':
      return notAllowed(message);
    case 'taken':
      return reasonOf(alreadyInUse('version', message));
    case 'unknown':
      return reasonOf(invalidParameter(404, 'ruleSetId', message));
    case 'state':
      return reasonOf(invalidParameter(409, 'ruleSetId', message));
  }
}

function changeRefused({ kind, message }: ChangeRefused): Reason {
  switch (kind) {
    case 'fourEyes':
      return notAllowed(message);
    case 'unknown':
      return reasonOf(invalidParameter(404, 'changeId', message));
    case 'stale':
      return reasonOf(invalidParameter(409, 'hash', message));
    case 'ended':
      return reasonOf(invalidParameter(409, 'changeId', message));
  }
}

function notAuthenticated({ reason, message }: NotAuthenticated): Reason {
  if (reason === 'inactive') return { status: 401, code: '0019', description: 'User inactive.' };
  if (reason === 'locked') return { status: 401, code: '0020', description: 'User locked.' };
  if (reason === 'ended') return { status: 401, code: '0018', description: `Unknown user: ${message}.` };
  const description = `Unknown user: ${message}. Get a token with POST /user/{userId}/issue.`;
  return { status: 401, code: '0018', description };
}

/** One answer for a payment that is not there and one of another subscriber (docs/contract.md, section 3). */
export function unknownPayment(): Refusal {
  return invalidParameter(404, 'uniqueReference', 'there is no such payment');
}

/** The payment is there already, from another call. */
export function alreadyBlocked(): Refusal {
  return alreadyInUse('uniqueReference', 'the payment was blocked before, under another partnerReference');
}

/** The idempotency key belongs to another call. */
export function partnerReferenceTaken(): Refusal {
  const help = 'it identifies another call. Repeat that one unchanged, or use a new partnerReference';
  return alreadyInUse('partnerReference', help);
}

const LONGEST_DESCRIPTION = 512;

function closingOf(requestId: string, responseCode: ResponseCode, responseDescription: string) {
  const [sysDate = '', time = ''] = new Date().toISOString().split('T');
  return {
    sysDate,
    sysTime: time.slice(0, 8).replaceAll(':', ''),
    responseCode,
    responseDescription: Array.from(responseDescription).slice(0, LONGEST_DESCRIPTION).join(''),
    additionalInformation: { requestId },
  };
}

/** How KontoCloud calls are secured, for the OpenAPI document. */
export const kontoCloudSecurity = [{ authToken: [] }, { bearer: [] }];
