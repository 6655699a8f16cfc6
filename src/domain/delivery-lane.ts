/** The lanes that empty the outbox: one for mail, the others share the webhook endpoints out among them. */
export const deliveryLanes = ['mail', 'webhooks-1', 'webhooks-2'] as const;

export type DeliveryLane = (typeof deliveryLanes)[number];

/** The lane of a webhook endpoint: always the same one. @param endpointId its UUID */
export function laneOfEndpoint(endpointId: string): DeliveryLane {
  return Number.parseInt(endpointId.slice(0, 8), 16) % 2 === 0 ? 'webhooks-1' : 'webhooks-2';
}
