import type { IncomingHttpHeaders } from 'node:http';

/** Which refund a gateway's webhook is about: by our reference, by its own, or neither where the event names none. */
export interface RefundHint {
  refundReference?: string;
  gatewayReference?: string;
}

/** Reads a gateway's webhook. It is never believed: it is a hint what to look up. */
export interface GatewayWebhook {
  /**
   * @param rawBody the request's body as it arrived: the signature covers its bytes
   * @throws WebhookRejected where the gateway cannot be shown to have sent it
   */
  verify(rawBody: Buffer, headers: IncomingHttpHeaders): RefundHint | 'ignored';
}

export class WebhookRejected extends Error {
  override readonly name = 'WebhookRejected';
}
