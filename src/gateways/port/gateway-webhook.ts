import type { IncomingHttpHeaders } from 'node:http';
import type { ReportedDispute } from '../../domain/chargeback.ts';

/** Which refund a gateway's webhook is about: by our reference, by its own, or neither where the event names none. */
export interface RefundHint {
  refundReference?: string;
  gatewayReference?: string;
}

/** A dispute at the gateway. It moves no money here, and what it says is signed: it is taken as it is. */
export interface DisputeNews {
  readonly dispute: ReportedDispute;
}

/** Reads a gateway's webhook. What it says of a refund is never believed: it is a hint what to look up. */
export interface GatewayWebhook {
  /**
   * @param rawBody the request's body as it arrived: the signature covers its bytes
   * @returns `ignored` where it is about no refund and no dispute, `unreadable` where the gateway has sent what cannot be read
   * @throws WebhookRejected where the gateway cannot be shown to have sent it
   */
  verify(rawBody: Buffer, headers: IncomingHttpHeaders): RefundHint | DisputeNews | 'ignored' | 'unreadable';
}

export class WebhookRejected extends Error {
  override readonly name = 'WebhookRejected';
}
