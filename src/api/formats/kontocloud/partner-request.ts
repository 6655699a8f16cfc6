import { createHash } from 'node:crypto';
import type { PaymentRef } from '../../../domain/ids.ts';
import type { PartnerRequest } from '../../../store/payments/partner-requests.ts';
import { invalidParameter } from '../../../wire/response-codes.ts';

/**
 * A call that changes state, as its partnerReference identifies it. The digest is of the body as it was read, so the
 * order of its fields, and unknown fields, make no difference; nor does the caller's clock, which has gone on when a call is
 * repeated.
 */
export function partnerRequest(
  { subscriberId, uniqueReference }: PaymentRef,
  operation: PartnerRequest['operation'],
  body: { readonly partnerReference: string; readonly localDate: string; readonly localTime: string },
): PartnerRequest {
  const { localDate: _date, localTime: _time, ...said } = body;
  const bodyDigest = createHash('sha256').update(JSON.stringify(said)).digest('hex');
  return { subscriberId, uniqueReference, partnerReference: said.partnerReference, operation, bodyDigest };
}

/** The uniqueReference may be in the body too (docs/contract.md, "uniqueReference in body and path"). */
export function mustBeTheOneInThePath(inPath: string, inBody: string | undefined): void {
  if (inBody === undefined || inBody === inPath) return;
  throw invalidParameter(400, 'uniqueReference', 'it is another one in the path');
}
