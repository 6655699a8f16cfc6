import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isPublicAddress, mayBeSentTo } from '../../src/notifications/public-address.ts';
import { problemOfUrl } from '../../src/notifications/webhook-url.ts';

const NOT_PUBLIC = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.0.9',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.8',
  '192.168.1.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:169.254.169.254',
  '::ffff:93.184.215.14',
  '64:ff9b::7f00:1',
  '2001:0:7f00:1::',
  '2002:7f00:1::',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%lo',
  'ff02::1',
  'localhost',
  '',
];

test.each(NOT_PUBLIC)('nothing is sent to %j', (address) => {
  expect(isPublicAddress(address)).toBe(false);
});

test.each(['93.184.215.14', '1.1.1.1', '172.32.0.1', '2606:4700:4700::1111', '2a00:1450:4001:80b::200e'])(
  '%s is public',
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test('no private IPv4 address passes in any of its IPv6 clothes', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(byte, byte, byte, fc.constantFrom('::ffff:', '::', '64:ff9b::'), (a, b, c, clothes) => {
      expect(isPublicAddress(`${clothes}10.${a}.${b}.${c}`)).toBe(false);
    }),
  );
});

test('for development this machine may be reached, and nothing else that is not public', () => {
  expect(['127.0.0.1', '127.9.9.9', '::1'].map((address) => mayBeSentTo(address, true))).toEqual([
    true,
    true,
    true,
  ]);
  expect(
    ['10.0.0.1', '169.254.169.254', 'fe80::1', '::ffff:127.0.0.1'].map((address) =>
      mayBeSentTo(address, true),
    ),
  ).toEqual([false, false, false, false]);
});

test.each([
  ['http://shop.example/hooks', 'must begin with https://'],
  ['ftp://shop.example/hooks', 'must begin with https://'],
  ['shop.example/hooks', 'is no address'],
  ['https://ana:secret@shop.example/', 'user or password'],
  ['https://shop.example/#top', 'fragment'],
  [`https://shop.example/${'x'.repeat(2000)}`, 'longer than 2000'],
  ['https://127.0.0.1/', 'is not public: 127.0.0.1'],
  ['https://0x7f.1/', 'is not public: 127.0.0.1'],
  ['https://2130706433/', 'is not public: 127.0.0.1'],
  ['https://[::ffff:169.254.169.254]/latest', 'is not public'],
  ['https://[::1]:8443/', 'is not public: ::1'],
])('the address %s cannot be used: %s', (url, why) => {
  expect(problemOfUrl(url, false)).toContain(why);
});

test.each([
  ['https://shop.example/hooks?token=1', false],
  ['https://93.184.215.14:8443/', false],
  ['http://localhost:9000/hooks', true],
  ['http://[::1]:9000/', true],
])('the address %s can be used (development: %s)', (url, development) => {
  expect(problemOfUrl(url, development)).toBeUndefined();
});

test.each([
  'http://shop.example/',
  'http://10.0.0.1/',
  'https://10.0.0.1/',
  'http://localhost.shop.example/',
])('development does not open %s', (url) => {
  expect(problemOfUrl(url, true)).toBeDefined();
});
