import type { RefundGateway } from './refund-gateway.ts';

/** The gateways that refunds are paid by, and who uses which. */
export interface Gateways {
  /** Where a service subscriber's next refund is started. */
  of(subscriberId: string): RefundGateway;
  /**
   * The gateway that a refund on record was started at: it stays there, whichever the subscriber uses now.
   * @throws Error where the configuration no longer names it
   */
  named(name: string): RefundGateway;
}

/**
 * @param byName every gateway under its name
 * @param nameOf the name of the gateway that a subscriber uses
 */
export function gatewaysOf(
  byName: ReadonlyMap<string, RefundGateway>,
  nameOf: (subscriberId: string) => string,
): Gateways {
  const named = (name: string): RefundGateway => {
    const gateway = byName.get(name);
    if (gateway) return gateway;
    throw new Error(
      `no gateway is called ${name} in the configuration: name it there until all of its refunds are settled`,
    );
  };
  return { named, of: (subscriberId) => named(nameOf(subscriberId)) };
}

/** One gateway for everybody. */
export function oneGateway(gateway: RefundGateway): Gateways {
  return gatewaysOf(new Map([[gateway.name, gateway]]), () => gateway.name);
}
