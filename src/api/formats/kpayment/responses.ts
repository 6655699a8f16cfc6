import { z } from 'zod';
import type { NotAuthenticated } from '../../../failures/access.ts';
import { failureOf } from '../../../failures/failure.ts';

/** kpayment's error list (docs/contract.md, section 2). */
const CODES = {
  NULL_CREDENTIALS: 100001,
  ACCESS_FORBIDDEN: 100002,
  WRONG_CREDENTIAL: 100003,
  REQUEST_NOT_AUTHORIZED: 100004,
  INTERNAL_SERVER_EXCEPTION: 100005,
  INVALID_REQUEST_DATA: 100006,
  INTERNAL_SERVER_ERROR: 100007,
} as const;

const int32 = z.int32();

const error = z
  .object({
    errorCode: int32,
    errorTitle: z.string(),
    errorMessage: z.string(),
    errorDescription: z.string(),
  })
  .meta({ id: 'KpaymentError' });

const warning = z
  .object({
    warningCode: int32,
    warningTitle: z.string(),
    warningMessage: z.string(),
    warningDescription: z.string(),
  })
  .meta({ id: 'KpaymentWarning' });

export type KpaymentWarning = z.infer<typeof warning>;

/** What both documents answer with, right or wrong (block-customer, run-payisland-rules). */
export const messages = z
  .object({ errors: z.array(error), warnings: z.array(warning) })
  .meta({ id: 'KpaymentMessages' });

type Messages = z.infer<typeof messages>;

/** The answers that both documents declare beside 200. */
export const failures = {
  400: messages.describe(
    '100006: the request is not JSON, or a field is missing, too long or of the wrong type',
  ),
  401: messages.describe(
    '100001 no credentials, 100002 the user is inactive or locked, 100003 wrong credentials, 100004 the scope is missing',
  ),
  429: messages.describe('100002: too many attempts to sign in; repeat the call after Retry-After seconds'),
  500: messages.describe(
    '100005 an error here, 100007 Temporal or the workers cannot be reached: repeat the call',
  ),
  503: messages.describe('100007: more calls than can be carried; repeat the call after Retry-After seconds'),
};

/** A failed call in the manner of the kpayment documents. */
export function kpaymentFailure(reason: unknown): { status: 400 | 401 | 429 | 500 | 503; body: Messages } {
  const failure = failureOf(reason);
  switch (failure.kind) {
    case 'invalid': {
      const errors = failure.error.problems.map(({ field, text }) =>
        one('INVALID_REQUEST_DATA', `${field} ${text}`, 'Correct the field and send the request again.'),
      );
      return { status: 400, body: { errors, warnings: [] } };
    }
    case 'unreadable':
    case 'messageRefused':
    case 'refused':
      return answer(
        400,
        one('INVALID_REQUEST_DATA', failure.error.message, 'Correct the request and send it again.'),
      );
    case 'notAuthenticated':
      return answer(401, notAuthenticated(failure.error));
    case 'tooManyAttempts':
      return answer(
        429,
        one('ACCESS_FORBIDDEN', failure.error.message, 'Repeat the same call after Retry-After seconds.'),
      );
    case 'forbidden': {
      const help = 'Use a service account that has the scope, or have it added to this one.';
      return answer(401, one('REQUEST_NOT_AUTHORIZED', failure.error.message, help));
    }
    case 'overloaded':
      return answer(
        503,
        one(
          'INTERNAL_SERVER_ERROR',
          'There are more calls than can be carried: this one was not taken.',
          'Repeat the same call after Retry-After seconds.',
        ),
      );
    case 'unavailable':
      return failure.what === 'lifecycle' ? answer(500, outOfReach()) : answer(500, exception());
    // No call of these documents is about a held payment, a rule set or settings.
    case 'notFound':
    case 'alreadyBlocked':
    case 'ruleSetRefused':
    case 'settingsRefused':
    case 'changeRefused':
    case 'fault':
      return answer(500, exception());
  }
}

function outOfReach(): z.infer<typeof error> {
  return one(
    'INTERNAL_SERVER_ERROR',
    'Temporal or its workers cannot be reached, so it is not known whether the call was carried out.',
    'Repeat the same call: what it asks for is done once, however often it is sent.',
  );
}

function exception(): z.infer<typeof error> {
  return one(
    'INTERNAL_SERVER_EXCEPTION',
    'The call could not be carried out because of an error here.',
    'Repeat the same call. If it keeps failing, tell the administrator of this service: its log has the details.',
  );
}

function notAuthenticated({ reason, message }: NotAuthenticated): z.infer<typeof error> {
  if (reason === 'none') {
    const help = 'Send the credentials of a service account: Authorization: Basic, or Bearer with a token.';
    return one('NULL_CREDENTIALS', message, help);
  }
  return reason === 'wrong' || reason === 'ended'
    ? one('WRONG_CREDENTIAL', message, 'Check user and password, or get a new token.')
    : one('ACCESS_FORBIDDEN', message, 'Have the user made active again.');
}

function one(title: keyof typeof CODES, message: string, description: string): z.infer<typeof error> {
  return {
    errorCode: CODES[title],
    errorTitle: title,
    errorMessage: message,
    errorDescription: description,
  };
}

function answer<S extends number>(status: S, failure: z.infer<typeof error>): { status: S; body: Messages } {
  return { status, body: { errors: [failure], warnings: [] } };
}
