import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasZone, readMoment } from '../../src/domain/moment.ts';

const instant = fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-30') });

test('what a program writes is read as it was meant, in every zone', () => {
  const offset = fc.integer({ min: -12 * 60, max: 14 * 60 });
  fc.assert(
    fc.property(instant, offset, (at, minutes) => {
      expect(readMoment(at.toISOString())).toEqual(at);
      const local = new Date(at.getTime() + minutes * 60_000).toISOString().slice(0, -1);
      const sign = minutes < 0 ? '-' : '+';
      const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
      const zone = `${sign}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`;
      expect(readMoment(`${local}${zone}`)).toEqual(at);
      expect(hasZone(`${local}${zone}`)).toBe(true);
    }),
  );
});

test('without a zone it is UTC, whatever the zone of this machine', () => {
  const zoneBefore = process.env['TZ'];
  try {
    for (const zone of ['America/New_York', 'Asia/Kolkata', 'UTC']) {
      process.env['TZ'] = zone;
      for (const text of [
        '2026-12-01T12:00',
        '2026-12-01 12:00',
        '2026-12-01T12:00:00',
        '2026-12-01T12:00:00.000',
      ]) {
        expect([zone, readMoment(text)]).toEqual([zone, new Date('2026-12-01T12:00:00Z')]);
        expect(hasZone(text)).toBe(false);
      }
      expect(readMoment('2026-12-01')).toEqual(new Date('2026-12-01T00:00:00Z'));
    }
  } finally {
    if (zoneBefore === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zoneBefore;
  }
});

test.each([
  ...[
    '2026-02-30',
    '2026-13-01',
    '2026-00-10',
    '2026-01-01T24:00',
    '2026-01-01T12:60Z',
    '2026-01-01T12:00:60Z',
  ],
  ...[
    '2026-01-01T12:00+15:00',
    '2026-01-01T12:00+01:60',
    '2026-01-01T12',
    '2026-1-1',
    '01.02.2026',
    '1767268800',
  ],
  ...[
    '2025-02-29T00:00Z',
    'tomorrow',
    '',
    'Sun, 01 Mar 2026 12:00 GMT',
    '2026-01-01T12:00 CET',
    '+002026-01-01',
  ],
])('%j is no moment', (text) => {
  expect(readMoment(text)).toBeUndefined();
});
