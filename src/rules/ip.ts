/** An IP address as a number, its length shows its family. An IPv4 address mapped into IPv6 is the IPv4 one. */
export interface IpAddress {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

/** A network in CIDR notation; an address without a prefix is a network of one. */
export interface IpNetwork extends IpAddress {
  readonly prefix: number;
}

/** Reads "192.0.2.1" or "2001:db8::1"; undefined for anything else, zone ids and leading zeros included. */
export function parseIp(text: string): IpAddress | undefined {
  if (!text.includes(':')) return parseIpv4(text);
  const value = parseIpv6(text);
  if (value === undefined) return undefined;
  return value >> 32n === IPV4_MAPPED ? { bits: 32, value: value & 0xffffffffn } : { bits: 128, value };
}

/** Longer than any address with zone and port. */
const LONGEST_ADDRESS = 128;

/**
 * Reads an address as callers send it: with a port ("192.0.2.1:443", "[2001:db8::1]:443"), in brackets, with a zone
 * ("fe80::1%eth0") or blanks around it. Undefined for anything else, several addresses included.
 */
export function parseShopperAddress(text: string): IpAddress | undefined {
  if (text.length > LONGEST_ADDRESS) return undefined;
  const written = text.trim();
  const inBrackets = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(written)?.[1];
  const withPort = /^([\d.]+):\d{1,5}$/.exec(written)?.[1];
  return parseIp((inBrackets ?? withPort ?? written).replace(/(?<=:[^%]*)%.+$/, ''));
}

/**
 * What attempts from one address have in common: an IPv4 address is one connection, and of IPv6 one connection has a whole
 * /64 (RFC 6177). Null if it is not an address.
 */
export function connectionOf(text: string): string | null {
  const address = parseShopperAddress(text);
  if (address === undefined) return null;
  return address.bits === 32
    ? spell(address)
    : `${spell({ bits: 128, value: (address.value >> 64n) << 64n })}/64`;
}

/** Reads "192.0.2.0/24", "2001:db8::/32" or a plain address; undefined for anything else. */
export function parseNetwork(text: string): IpNetwork | undefined {
  const [addressText = '', prefixText, ...more] = text.split('/');
  const address = parseIp(addressText);
  if (address === undefined || more.length > 0) return undefined;
  if (prefixText === undefined) return { ...address, prefix: address.bits };
  if (!/^(0|[1-9]\d{0,2})$/.test(prefixText)) return undefined;
  const mapped = addressText.includes(':') && address.bits === 32;
  const prefix = Number(prefixText) - (mapped ? 96 : 0);
  return prefix >= 0 && prefix <= address.bits ? { ...address, prefix } : undefined;
}

/** Whether the address is in the network. */
export function isInNetwork(address: IpAddress, network: IpNetwork): boolean {
  const host = BigInt(network.bits - network.prefix);
  return address.bits === network.bits && address.value >> host === network.value >> host;
}

/** One spelling for every way to send an address, so that two can be compared as text; null if it is not one. */
export function canonicalIp(text: string): string | null {
  const address = parseShopperAddress(text);
  return address === undefined ? null : spell(address);
}

/** One spelling for every way to write a network; a network of one is its address. */
export function spellNetwork(network: IpNetwork): string {
  const { bits, prefix } = network;
  const first = spell({ bits, value: firstOf(network) });
  return prefix === bits ? first : `${first}/${prefix}`;
}

/** A larger network than a registry gives to one holder is a slip: it would list a good part of all shoppers. */
const SHORTEST_PREFIX = { 32: 8, 128: 16 } as const;

/**
 * What is wrong with a network that is to be listed, to be read after it. Bits beyond the prefix show that address or
 * prefix were meant otherwise.
 */
export function problemOfNetwork(text: string): string | undefined {
  const network = parseNetwork(text);
  if (network === undefined) return 'is no IP address and no network such as 192.0.2.0/24';
  const { bits, value, prefix } = network;
  if (prefix < SHORTEST_PREFIX[bits]) {
    return `is too large a network: at most a /${SHORTEST_PREFIX[bits]} can be listed at once`;
  }
  return value === firstOf(network)
    ? undefined
    : `has bits beyond its prefix: the network is ${spellNetwork(network)}`;
}

function firstOf({ bits, value, prefix }: IpNetwork): bigint {
  const host = BigInt(bits - prefix);
  return (value >> host) << host;
}

const IPV4_MAPPED = 0xffffn;

function spell(address: IpAddress): string {
  const [groupBits, separator, radix] = address.bits === 32 ? [8n, '.', 10] : [16n, ':', 16];
  const groups: string[] = [];
  for (let shift = BigInt(address.bits) - groupBits; shift >= 0n; shift -= groupBits) {
    groups.push(((address.value >> shift) & ((1n << groupBits) - 1n)).toString(radix));
  }
  return groups.join(separator);
}

function parseIpv4(text: string): IpAddress | undefined {
  const octets = text.split('.');
  if (
    octets.length !== 4 ||
    !octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)
  ) {
    return undefined;
  }
  return { bits: 32, value: octets.reduce((value, octet) => (value << 8n) | BigInt(octet), 0n) };
}

function parseIpv6(text: string): bigint | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const before = parseGroups(head, tail === undefined);
  const after = parseGroups(tail ?? '', true);
  if (before === undefined || after === undefined) return undefined;
  const missing = 8 - before.length - after.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...before, ...Array.from({ length: missing }, () => 0n), ...after];
  return groups.reduce((value, group) => (value << 16n) | group, 0n);
}

function parseGroups(text: string, isEnd: boolean): bigint[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: bigint[] = [];
  for (const [index, part] of parts.entries()) {
    const ipv4 = isEnd && index === parts.length - 1 && part.includes('.') ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4.value >> 16n, ipv4.value & 0xffffn);
    else if (/^[0-9a-fA-F]{1,4}$/.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}
