import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  canonicalIp,
  connectionOf,
  isInNetwork,
  parseIp,
  parseNetwork,
  problemOfNetwork,
} from '../../src/rules/ip.ts';

const address = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4().map((ip) => `::ffff:${ip}`),
);

test('what is an IP address is what Node takes for one, zone ids aside', () => {
  const nearly = fc.stringMatching(/^[0-9a-f:.]{1,20}$/);
  fc.assert(
    fc.property(fc.oneof(address, nearly), (text) => {
      expect(parseIp(text) !== undefined).toBe(isIP(text) !== 0);
    }),
    { numRuns: 2000 },
  );
});

test('what is in a network is what Node finds in it', () => {
  const inFamily = fc.oneof(
    fc.tuple(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), fc.constant('ipv4' as const)),
    fc.tuple(fc.ipV6(), fc.ipV6(), fc.integer({ min: 0, max: 128 }), fc.constant('ipv6' as const)),
  );
  fc.assert(
    fc.property(inFamily, fc.boolean(), ([one, other, prefix, family], near) => {
      const list = new BlockList();
      list.addSubnet(one, prefix, family);
      const [asked, network] = [parseIp(near ? one : other), parseNetwork(`${one}/${prefix}`)];
      if (asked === undefined || network === undefined) throw new Error('not an address');
      // An IPv4 address mapped into IPv6 is the IPv4 address here, and never one of an IPv6 network.
      const sameFamily = asked.bits === network.bits;
      expect(isInNetwork(asked, network)).toBe(sameFamily && list.check(near ? one : other, family));
    }),
    { numRuns: 1000 },
  );
});

test.each([
  ['2001:DB8::1', '2001:db8:0:0:0:0:0:1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['192.0.2.1', '192.0.2.1'],
  ['string', null],
  ['', null],
  ['010.0.0.1', null],
  ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
  ['203.0.113.7:51234', '203.0.113.7'],
  ['[2001:db8::1]:443', '2001:db8:0:0:0:0:0:1'],
  ['[2001:db8::1]', '2001:db8:0:0:0:0:0:1'],
  [' 203.0.113.7 ', '203.0.113.7'],
  ['203.0.113.7, 10.0.0.1', null],
  ['203.0.113.7:', null],
  ['203.0.113.7:123456', null],
  ['203.0.113.7/32', null],
])('%s is kept as %s, so that two spellings are one address', (text, canonical) => {
  expect(canonicalIp(text)).toBe(canonical);
});

test.each([
  '192.0.2.0/33',
  '192.0.2.0/',
  '192.0.2.0/-1',
  '192.0.2.0/24/8',
  '/24',
  '2001:db8::/129',
  '::ffff:1.2.3.4/95',
])('%s is no network', (text) => expect(parseNetwork(text)).toBeUndefined());

test.each([
  ['0.0.0.0/0', 'is too large a network: at most a /8 can be listed at once'],
  ['203.0.113.0/2', 'is too large a network: at most a /8 can be listed at once'],
  ['::/0', 'is too large a network: at most a /16 can be listed at once'],
  ['2001:db8::/12', 'is too large a network: at most a /16 can be listed at once'],
  ['::ffff:0.0.0.0/96', 'is too large a network: at most a /8 can be listed at once'],
  ['203.0.113.9/24', 'has bits beyond its prefix: the network is 203.0.113.0/24'],
  ['2001:db8::1/48', 'has bits beyond its prefix: the network is 2001:db8:0:0:0:0:0:0/48'],
  ['string', 'is no IP address and no network such as 192.0.2.0/24'],
])('%s cannot be listed: it %s', (text, problem) => {
  expect(problemOfNetwork(text)).toBe(problem);
});

test('forty addresses of one IPv6 connection count as one, those of two IPv4 connections as two', () => {
  const one = Array.from({ length: 40 }, (_, n) => connectionOf(`2001:db8:1:2:${n.toString(16)}::1`));
  expect(new Set(one)).toEqual(new Set(['2001:db8:1:2:0:0:0:0/64']));
  expect(connectionOf('2001:db8:1:3::1')).not.toBe(one[0]);
  expect(connectionOf('203.0.113.7')).not.toBe(connectionOf('203.0.113.8'));
  expect(connectionOf('string')).toBeNull();
});
