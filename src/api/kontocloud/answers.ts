import { z } from 'zod';
import {
  LifecycleUnavailable,
  MessageRefused,
  PaymentAlreadyBlocked,
  PaymentNotFound,
} from '../../client/index.ts';
import { isStoreUnavailable } from '../../store/unavailable.ts';
import { isClientError } from '../client-error.ts';
import { InvalidRequest, NotAuthenticated, ScopeMissing } from '../failures.ts';
import { Refusal, RESPONSE_CODES, type ResponseCode } from './response-codes.ts';

/** What every answer in KontoCloud's manner ends with (unblock-amount, "Response parameters"). */
export const closingFields = {
  sysDate: z.string().describe("This server's date, UTC: YYYY-MM-DD"),
  sysTime: z.string().describe("This server's time, UTC: HHMMSS"),
  responseCode: z.string().describe('0000, or why not'),
  responseDescription: z.string(),
  additionalInformation: z.object({
    requestId: z.string().describe('To be quoted in a question about the call'),
  }),
};

/** The end of a successful answer. */
export function closing(requestId: string) {
  return closingOf(requestId, '0000', RESPONSE_CODES['0000']);
}

const errorAnswer = z.object({
  partnerReference: z.string().nullable(),
  uniqueReference: z.string().nullable(),
  ...closingFields,
});

/** The answers of a failed call that every route in KontoCloud's manner may give. */
export const failures = {
  400: errorAnswer.describe(
    '0001 fields, 0002 a parameter, 0003 the amount, 0007 an empty one, 0023 the currency',
  ),
  401: errorAnswer.describe(
    '0018 no token, or a wrong or expired one; 0019 the user is inactive, 0020 locked',
  ),
  403: errorAnswer.describe('0018: the scope is missing'),
  500: errorAnswer.describe('0006: an error here'),
  502: errorAnswer.describe('0006: nothing was recorded; repeat the call with the same partnerReference'),
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
): { status: 400 | 401 | 403 | 404 | 409 | 500 | 502; body: z.infer<typeof errorAnswer> } {
  const { status, code, description } = reasonOf(failure);
  const body = { partnerReference, uniqueReference, ...closingOf(requestId, code, description) };
  return { status, body };
}

function reasonOf(failure: unknown): {
  status: 400 | 401 | 403 | 404 | 409 | 500 | 502;
  code: ResponseCode;
  description: string;
} {
  if (failure instanceof InvalidRequest) {
    const code = failure.problems.every(({ empty }) => empty === true) ? '0007' : '0001';
    return { status: 400, code, description: `${RESPONSE_CODES[code]}: ${failure.message}.` };
  }
  if (failure instanceof NotAuthenticated) {
    const code = failure.reason === 'inactive' ? '0019' : failure.reason === 'locked' ? '0020' : '0018';
    const help = code === '0018' ? `: ${failure.message}; get a token with POST /user/{userId}/issue` : '';
    return { status: 401, code, description: `${RESPONSE_CODES[code]}${help}.` };
  }
  if (failure instanceof ScopeMissing) {
    return {
      status: 403,
      code: '0018',
      description: `The user is not allowed this call: ${failure.message}.`,
    };
  }
  if (failure instanceof Refusal) {
    return { status: failure.status, code: failure.responseCode, description: `${failure.message}.` };
  }
  if (failure instanceof PaymentNotFound) return reasonOf(unknownPayment());
  if (failure instanceof PaymentAlreadyBlocked) return reasonOf(alreadyBlocked());
  if (failure instanceof MessageRefused) return reasonOf(new Refusal(409, '0015', failure.message));
  if (failure instanceof LifecycleUnavailable || isStoreUnavailable(failure)) {
    return {
      status: 502,
      code: '0006',
      description: `${RESPONSE_CODES['0006']}: what it needs cannot be reached. Repeat the call with the same partnerReference: it is done once.`,
    };
  }
  if (isClientError(failure)) {
    return { status: 400, code: '0001', description: `${RESPONSE_CODES['0001']}: ${failure.message}.` };
  }
  return {
    status: 500,
    code: '0006',
    description: `${RESPONSE_CODES['0006']} because of an error here. Repeat the call with the same partnerReference; if it keeps failing, quote the requestId to whoever runs this service.`,
  };
}

/** One answer for a payment that is not there and one of another subscriber (docs/contract.md, section 3). */
export function unknownPayment(): Refusal {
  return new Refusal(404, '0002', "'uniqueReference': there is no such payment");
}

/** The payment is there already, from another call. */
export function alreadyBlocked(): Refusal {
  return new Refusal(
    409,
    '0012',
    "'uniqueReference': the payment was blocked before, under another partnerReference",
  );
}

/** The idempotency key belongs to another call. */
export function partnerReferenceTaken(): Refusal {
  return new Refusal(
    409,
    '0012',
    "'partnerReference': it identifies another call; repeat that one unchanged, or use a new partnerReference",
  );
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
