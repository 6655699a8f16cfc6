import { BlockList, isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonicalIp, isInNetwork, parseIp, parseNetwork } from '../../src/rules/ip.ts';

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
  ['fe80::1%eth0', null],
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
