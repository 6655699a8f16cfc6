import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { callbackify } from 'node:util';

/** Finds a name's addresses. */
export type Resolver = (name: string) => Promise<readonly LookupAddress[]>;

/** Where a webhook must not go: it could reach what only this machine or its network can. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

// IANA's special-purpose registries: this network, private, shared, loopback, link-local (the clouds' metadata),
// protocol assignments, documentation, relays, benchmarks, multicast and reserved.
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
];
// Only 2000::/3 is given out at all: that leaves out loopback, link-local, unique local, multicast, and IPv4 in
// IPv6's clothes (mapped and NAT64). Of what is given out, these carry an IPv4 address or are documentation.
const GIVEN_OUT_IPV6 = ['2000::/3'];
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const specialIpv4 = blockList(SPECIAL_IPV4, 'ipv4');
const givenOutIpv6 = blockList(GIVEN_OUT_IPV6, 'ipv6');
const specialIpv6 = blockList(SPECIAL_IPV6, 'ipv6');
const loopback = blockList(['127.0.0.0/8'], 'ipv4');

/** Whether anybody on the internet can be meant by the address. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !specialIpv4.check(address, 'ipv4');
    case 6:
      return givenOutIpv6.check(address, 'ipv6') && !specialIpv6.check(address, 'ipv6');
    default:
      return false;
  }
}

/** Whether the address is this machine's own. */
export function isLoopback(address: string): boolean {
  return address === '::1' || (isIP(address) === 4 && loopback.check(address, 'ipv4'));
}

/** Whether a message may go to the address. @param allowLoopback for development: also to this machine */
export function mayBeSentTo(address: string, allowLoopback: boolean): boolean {
  return isPublicAddress(address) || (allowLoopback && isLoopback(address));
}

/**
 * A lookup for the sockets themselves: the address that was checked is the one that is connected to, so that a name
 * cannot answer differently in between. A name with one refused address among its addresses is refused.
 */
export function guardedLookup(allowLoopback: boolean, resolve: Resolver = systemResolver): LookupFunction {
  const checked = callbackify(async (name: string): Promise<LookupAddress[]> => {
    const addresses = await resolve(name);
    const refused = addresses.find(({ address }) => !mayBeSentTo(address, allowLoopback));
    if (!refused) return [...addresses];
    throw new AddressRefused(
      `${name} resolves to ${refused.address}, which is not public: nothing is sent there`,
    );
  });
  return (name, options, callback) => {
    checked(name, (error, addresses) => {
      const [first] = addresses ?? [];
      if (error) callback(error, '');
      else if (!first) callback(new AddressRefused(`${name} has no address`), '');
      else if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

const systemResolver: Resolver = (name) => systemLookup(name, { all: true });

function blockList(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    list.addSubnet(address, Number(bits), family);
  }
  return list;
}
