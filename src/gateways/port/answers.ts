import { z } from 'zod';
import { asStatusReason, type RefundOutcome } from '../../domain/refund.ts';

// What every gateway's adapter needs to distinguish an answer from the lack of one.

export type Unknown = Extract<RefundOutcome, { kind: 'unknown' }>;

/** The outcome when a gateway's answer, or the lack of one, does not show whether it has paid. */
export function unknown(reason: string): Unknown {
  return { kind: 'unknown', reason: asStatusReason(reason) };
}

/** Whether a connection had come about when a call broke: if not, nothing can have been taken in. */
export function networkFault(error: unknown): { connected: boolean; code: string } {
  const cause = error instanceof Error ? error.cause : undefined;
  const { code = '', syscall = '' } = faultDetails.safeParse(cause).data ?? {};
  const connecting = syscall === 'connect' || syscall === 'getaddrinfo';
  return { connected: !connecting && code !== 'ECONNREFUSED' && code !== 'UND_ERR_CONNECT_TIMEOUT', code };
}

const faultDetails = z.object({ code: z.string().optional(), syscall: z.string().optional() });

/** Reads Retry-After, which is seconds or a date (RFC 9110, 10.2.3); undefined where it is neither. */
export function retryAfterMs(header: string | null): number | undefined {
  const written = header?.trim() ?? '';
  if (/^\d+(\.\d+)?$/.test(written)) return Number(written) * 1000;
  const date = /^[A-Za-z]{3}/.test(written) ? Date.parse(written) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(date - Date.now(), 0);
}
