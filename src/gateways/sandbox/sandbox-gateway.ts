import { z } from 'zod';
import { minorUnitDigits } from '../../domain/currencies.ts';
import { MAX_MINOR, type Money } from '../../domain/money.ts';
import { asStatusReason, type RefundLookup, type RefundOutcome } from '../../domain/refund.ts';
import { networkFault, retryAfterMs, type Unknown, unknown } from '../port/answers.ts';
import { GatewayUnavailable, type RefundGateway } from '../port/refund-gateway.ts';

export interface SandboxGatewaySettings {
  /** As the configuration calls it. */
  readonly name?: string;
  /** Where the sandbox gateway serves, e.g. http://127.0.0.1:8090 */
  readonly url: string;
  /** After so long without a whole answer, the outcome of a call is unknown. */
  readonly timeoutMs?: number;
  /** How long the gateway honours an idempotency key: its GATEWAY_KEY_LIFETIME_MS. */
  readonly keyLifetimeMs?: number;
}

const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_KEY_LIFETIME_MS = 24 * 3600 * 1000;

const processedMoney = {
  processedAmountMinor: z.int().min(0).max(MAX_MINOR),
  processedCurrency: z.string().refine((code) => minorUnitDigits(code) !== undefined, 'is not a currency'),
};
const refundAnswer = z.discriminatedUnion('status', [
  z.object({ status: z.literal('pending'), id: z.string().min(1), reference: z.string() }),
  z.object({
    status: z.literal('captured'),
    id: z.string().min(1),
    reference: z.string(),
    ...processedMoney,
  }),
  z.object({ status: z.literal('declined'), reference: z.string(), declineReason: z.string().nullish() }),
]);
const booksAnswer = z.object({
  refunds: z.array(
    z.object({
      id: z.string(),
      reference: z.string(),
      status: z.enum(['pending', 'captured', 'declined']),
      amountMinor: z.int(),
      currency: z.string(),
      acceptedAt: z.iso.datetime(),
    }),
  ),
});
type RefundAnswer = z.infer<typeof refundAnswer>;
const contestsAnswer = z.object({
  contests: z.array(
    z.object({ contested: z.enum(['refundedElsewhere', 'chargedBack']), reason: z.string() }),
  ),
});
const CONTESTED = { refundedElsewhere: 'refunded elsewhere', chargedBack: 'charged back' } as const;

/**
 * Refunds through the sandbox gateway (gateways/sandbox/server.ts), over HTTP.
 *
 * It looks whether the money has gone back another way just before it submits. What happens at the gateway between
 * that look and the submit, one round trip at most, is not seen: no gateway makes the two one step.
 */
export function createSandboxGateway({
  name = 'sandbox',
  url,
  timeoutMs = DEFAULT_TIMEOUT_MS,
  keyLifetimeMs = DEFAULT_KEY_LIFETIME_MS,
}: SandboxGatewaySettings): RefundGateway {
  const call = createCaller(url, timeoutMs);
  return {
    name,
    abilities: {
      keyLifetimeMs,
      looksUpByReference: true,
      settlesLater: true,
      convertsCurrency: true,
      currencies: 'all',
    },

    async submit({ refundReference, idempotencyKey, paymentOptionToken, amount }) {
      // One time limit for both calls: the activity around them has one.
      const signal = AbortSignal.timeout(timeoutMs);
      const option = encodeURIComponent(paymentOptionToken);
      const look = await call(`contests?paymentOptionToken=${option}`, contestsAnswer, { signal });
      if (look.kind === 'unknown') return unknown(`not sent, for ${look.reason}`);
      const [contest] = look.body.contests;
      if (contest) {
        const reason = `${CONTESTED[contest.contested]}, says the gateway: ${contest.reason}`;
        return { kind: 'contested', reason: asStatusReason(reason) };
      }
      const answer = await call('refunds', refundAnswer, {
        signal,
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': idempotencyKey },
        body: JSON.stringify({
          reference: refundReference,
          paymentOptionToken,
          amountMinor: amount.minor,
          currency: amount.currency,
        }),
      });
      return answer.kind === 'unknown' ? answer : outcomeOf(answer.body, refundReference);
    },

    async lookup({ refundReference }): Promise<RefundLookup> {
      const answer = await call(
        `refunds?reference=${encodeURIComponent(refundReference)}`,
        z.object({ refunds: z.array(refundAnswer) }),
      );
      if (answer.kind === 'unknown') return answer;
      const { refunds } = answer.body;
      // Of several, the one that matters most for the money: paid, else perhaps about to be.
      const telling =
        refunds.find(({ status }) => status === 'captured') ??
        refunds.find(({ status }) => status === 'pending') ??
        refunds[0];
      return telling === undefined ? { kind: 'notFound' } : outcomeOf(telling, refundReference);
    },

    async *report(from, to) {
      const answer = await call('books', booksAnswer);
      if (answer.kind === 'unknown') throw new GatewayUnavailable(answer.reason);
      for (const refund of answer.body.refunds) {
        const at = new Date(refund.acceptedAt);
        if (at < from || at >= to) continue;
        yield {
          gatewayReference: refund.id,
          refundReference: refund.reference,
          status: refund.status === 'captured' ? 'paid' : refund.status,
          amount: { minor: refund.amountMinor, currency: refund.currency },
          at,
        };
      }
    },
  };
}

function outcomeOf(refund: RefundAnswer, refundReference: string): RefundOutcome {
  if (refund.reference !== refundReference) {
    return unknown(`the gateway answered for another refund, ${refund.reference}`);
  }
  if (refund.status === 'pending') return { kind: 'pending', gatewayReference: refund.id };
  if (refund.status === 'declined') {
    return { kind: 'declined', reason: asStatusReason(refund.declineReason ?? 'the gateway gave no reason') };
  }
  const processed: Money = { minor: refund.processedAmountMinor, currency: refund.processedCurrency };
  return { kind: 'paid', gatewayReference: refund.id, processed };
}

/**
 * One call to the gateway: its answer, read by a schema, or why there is none to rely on.
 * It rejects with {@link GatewayUnavailable} where the gateway did not take the call.
 */
function createCaller(url: string, timeoutMs: number) {
  const base = new URL(url.endsWith('/') ? url : `${url}/`);
  return async <T>(
    path: string,
    schema: z.ZodType<T>,
    init: RequestInit = {},
  ): Promise<{ kind: 'answer'; body: T } | Unknown> => {
    let response: Response;
    let text: string;
    try {
      // A redirect would be followed with the money in hand.
      const options: RequestInit = { redirect: 'manual', signal: AbortSignal.timeout(timeoutMs) };
      response = await fetch(new URL(path, base), { ...options, ...init });
      text = await response.text();
    } catch (error) {
      const fault = networkFault(error);
      if (fault.connected) return unknown(whyNoAnswer(error, fault.code, timeoutMs));
      throw new GatewayUnavailable(`The refund gateway at ${base.origin} cannot be reached (${fault.code}).`);
    }
    if (response.status === 429) {
      throw new GatewayUnavailable(
        'The refund gateway took no more calls (429).',
        retryAfterMs(response.headers.get('retry-after')),
      );
    }
    // Also a refusal (4xx) says nothing about an earlier call under the same key, whose answer may have been lost.
    if (response.status !== 200) return unknown(`the gateway answered ${response.status}: ${text}`);
    const read = schema.safeParse(parseJson(text));
    if (read.success) return { kind: 'answer', body: read.data };
    const [issue] = read.error.issues;
    const where = issue?.path.join('.') ?? '';
    return unknown(`the gateway's answer cannot be read${where === '' ? '' : ` (${where})`}: ${text}`);
  };
}

function whyNoAnswer(error: unknown, code: string, timeoutMs: number): string {
  if (error instanceof Error && error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  return `the connection broke before the gateway's answer was there (${code === '' ? String(error) : code})`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
