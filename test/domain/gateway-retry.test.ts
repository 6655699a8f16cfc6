import fc from 'fast-check';
import { expect, test } from 'vitest';
import { GATEWAY_RETRY_MS, gatewayRetryDelayMs } from '../../src/domain/refund.ts';
import { retryAfterMs } from '../../src/gateways/port/answers.ts';

test('a gateway is never called again sooner than without its word, nor later than the longest pause', () => {
  const header = fc.oneof(
    fc.constantFrom('0', '1.5', '7200', '99999999999', 'Wed, 21 Oct 2015 07:28:00 GMT', ' 3 '),
    fc.nat().map(String),
    fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') })
      .map((date) => date.toUTCString()),
  );
  fc.assert(
    fc.property(header, fc.integer({ min: 1, max: 200 }), (asked, attempt) => {
      const { first, longest } = GATEWAY_RETRY_MS;
      const own = Math.min(first * 2 ** (attempt - 1), longest);
      const delay = gatewayRetryDelayMs(attempt, retryAfterMs(asked) ?? 0);
      expect(delay).toBeGreaterThanOrEqual(own);
      expect(delay).toBeLessThanOrEqual(longest);
    }),
  );
  expect(gatewayRetryDelayMs(1, 7_000)).toBe(7_000);
});

test.each(['', 'soon', '-5', '1e9', 'NaN', '2026-01-01', null])('%s does not say when', (header) => {
  expect(retryAfterMs(header)).toBeUndefined();
});
