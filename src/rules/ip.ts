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

/** One spelling for every way to write an address, so that two can be compared as text; null if it is not one. */
export function canonicalIp(text: string): string | null {
  const address = parseIp(text);
  return address === undefined ? null : spell(address);
}

/** One spelling for every way to write a network: without its host bits, and a network of one as its address. */
export function canonicalNetwork(text: string): string | null {
  const network = parseNetwork(text);
  if (network === undefined) return null;
  const { bits, value, prefix } = network;
  const host = BigInt(bits - prefix);
  const first = spell({ bits, value: (value >> host) << host });
  return prefix === bits ? first : `${first}/${prefix}`;
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
