import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { holdsCardNumber } from '../../src/domain/card.ts';
import { problemOfBlock } from '../../src/domain/customer-block.ts';
import { operatorMessages } from '../../src/domain/messages/operator-messages.ts';
import { parseUnblockCustomer } from '../../src/domain/messages/unblock-customer.ts';
import { readMoment } from '../../src/domain/moment.ts';
import { moneyFromWire } from '../../src/domain/money.ts';
import { foldName } from '../../src/domain/names.ts';
import { comparableName, problemOfName } from '../../src/domain/people.ts';
import { retryAfterMs } from '../../src/gateways/port/answers.ts';
import { WebhookRejected } from '../../src/gateways/port/gateway-webhook.ts';
import { createSandboxWebhook } from '../../src/gateways/sandbox/sandbox-webhook.ts';
import { createStripeWebhook } from '../../src/gateways/stripe/stripe-webhook.ts';
import { readCsv } from '../../src/lists/csv.ts';
import { readEntry } from '../../src/lists/entry-text.ts';
import { isSameName } from '../../src/rules/names.ts';
import { listValue } from '../../src/rules/list-value.ts';
import { parseNetwork, parseShopperAddress, problemOfNetwork } from '../../src/rules/ip.ts';
import { parseRuleSet } from '../../src/rules/parse-rule-set.ts';
import { reviewSettings } from '../../src/settings/review.ts';
import { kcBlockBody } from '../../src/wire/kc-block-body.ts';
import type { Print } from '../progress.ts';
import { type Findings, LONGEST_MS } from './findings.ts';

interface ParserOptions {
  readonly seed: number;
  readonly milliseconds: number;
  readonly signal: AbortSignal;
  readonly print: Print;
}

/** One reader of what comes from outside: it may refuse, and never throws anything but its own refusal. */
interface Target {
  readonly what: string;
  /** Inputs, each with the attempt to read it. */
  readonly attempts: fc.Arbitrary<{ readonly input: unknown; readonly read: () => unknown }>;
}

const target = <T>(what: string, inputs: fc.Arbitrary<T>, parse: (input: T) => unknown): Target => ({
  what,
  attempts: inputs.map((input) => ({ input, read: () => parse(input) })),
});

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 400 }),
  fc.constantFrom(
    '',
    ' ',
    '\0',
    '\ud800',
    '\u200b',
    '4242 4242 4242 4242',
    '-'.repeat(5000),
    'a'.repeat(20_000),
  ),
);
const anything = fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true, maxDepth: 3 });

/** A text near to one that is right: parts of it repeated, cut, or with something else in between. */
function near(samples: readonly string[]): fc.Arbitrary<string> {
  const part = fc
    .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat(2_000))
    .map(([sample, start, length]) => sample.slice(start % (sample.length + 1)).slice(0, length));
  const piece = fc.oneof({ weight: 4, arbitrary: part }, { weight: 1, arbitrary: text });
  return fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
}

const RULES = `name: shop
version: 4
cardTypesAvailableOnline: [VISA, MASTERCARD]
aggregates:
  - { name: cards, distinct: card, over: ip, window: 1h }
lists:
  - { name: office, kind: ip, entries: [192.0.2.0/24, "2001:db8::/32"] }
rules:
  - id: many
    description: many cards
    when: cards > 5 && !office && cardHolder.matches("^(a|b)+$") || [1, 2].exists(x, x > amountMinor)
    then: [decline, notify, "score:20", "removeCardType:VISA"]
    ifMissing: skip
scoreThresholds: { hold: 20 }
`;
const CSV =
  'sep=;\r\nkind;value;verdict;reason;expiresAt\r\nip;"203.0.113.0/24";block;"card; testing";2099-12-31\r\n';
const REVIEW = { reminderHours: 4, deadlineHours: 24, deadlineAction: 'refund', fourEyesAbove: { EUR: 1 } };
const NOW = Date.UTC(2026, 0, 1);
const SECRET = 'whsec_c2VjcmV0c2VjcmV0c2VjcmV0';

const jsonText = fc.oneof(
  anything.map(asJson),
  near(['{"type":"refund.updated","data":{"object":{"id":"re_1"}}}']),
);

const operatorInput = fc.oneof(
  anything,
  fc.record(
    {
      operator: fc.oneof(text, anything),
      reason: fc.oneof(text, anything),
      refundAmount: anything,
      hours: fc.oneof(fc.double(), anything),
      until: fc.oneof(text, near(['2026-12-01T12:00:00.000+01:00'])),
      partnerReference: fc.oneof(text, anything),
      text,
      assignee: text,
      confirms: text,
      gatewayReference: text,
    },
    { requiredKeys: [] },
  ),
);

const targets: readonly Target[] = [
  target('operator messages', operatorInput, (input) => {
    for (const { problem } of operatorMessages) problem(input, NOW);
    return parseUnblockCustomer(input);
  }),
  target(
    'blocks of customers',
    fc.oneof(anything, fc.record({ actor: anything, expiresAt: text, cardHolder: text })),
    problemOfBlock,
  ),
  target('rule sets', near([RULES]), (document) => parseRuleSet(document, 'hash')),
  target('lists as CSV', near([CSV, CSV.replaceAll(';', ',')]), (file) => {
    for (const record of readCsv(file)) {
      if (!('fields' in record)) continue;
      const [kind = '', value = '', verdict = '', reason = '', expiresAt = ''] = record.fields;
      readEntry({ kind, value, verdict, reason, expiresAt }, (token) => `fp_${token.length}`, new Date(NOW));
    }
  }),
  target(
    'list values',
    fc.tuple(fc.constantFrom('ip', 'name', 'card', 'customer', 'cardFingerprint'), text),
    ([kind, value]) => listValue(kind, value, (token) => `fp_${token.length}`),
  ),
  target('names', fc.tuple(text, text), ([one, other]) => [
    foldName(one),
    comparableName(one),
    problemOfName(one),
    isSameName(one, other),
    holdsCardNumber(one),
  ]),
  target(
    'addresses',
    fc.oneof(text, near(['203.0.113.7:443', '[2001:db8::1%eth0]:443', '::ffff:192.0.2.1/120'])),
    (address) => [parseShopperAddress(address), parseNetwork(address), problemOfNetwork(address)],
  ),
  target('moments', fc.oneof(text, near(['2026-12-01T12:00:00.000+01:00'])), (moment) => [
    readMoment(moment),
    retryAfterMs(moment),
  ]),
  target(
    'amounts',
    fc.tuple(fc.double(), fc.oneof(text, fc.constantFrom('EUR', 'JPY', 'KWD'))),
    ([amount, currency]) => moneyFromWire(amount, currency),
  ),
  target('bodies of kc-block', anything, (body) => kcBlockBody.safeParse(body)),
  target(
    'settings',
    fc.oneof(
      anything,
      anything.map((more) => ({ ...REVIEW, calendar: more })),
    ),
    (settings) => reviewSettings.safeParse(settings),
  ),
  target("Stripe's events", jsonText, (body) => {
    const at = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', SECRET).update(`${at}.${body}`).digest('hex');
    return createStripeWebhook(SECRET).verify(Buffer.from(body), {
      'stripe-signature': `t=${at},v1=${signature}`,
    });
  }),
  target('webhooks of a gateway', fc.tuple(jsonText, text, text), ([body, id, signature]) =>
    createSandboxWebhook(SECRET).verify(Buffer.from(body), {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
      'webhook-signature': signature,
    }),
  ),
];

/** Tries every reader for its share of the time. */
export async function fuzzParsers({ seed, milliseconds, signal, print }: ParserOptions): Promise<Findings[]> {
  const share = milliseconds / targets.length;
  const found: Findings[] = [];
  for (const one of targets) {
    signal.throwIfAborted();
    found.push(fuzz(one, seed, share));
    print(`  ${one.what}: ${found.at(-1)?.inputs.toLocaleString('en')} inputs`);
    await new Promise(setImmediate);
  }
  return found;
}

const BATCH = 50;
const MOST_FINDINGS = 3;

function fuzz({ what, attempts }: Target, seed: number, milliseconds: number): Findings {
  const until = performance.now() + milliseconds;
  const findings: string[] = [];
  const slow: string[] = [];
  let inputs = 0;
  let longestMs = 0;
  for (let batch = 0; performance.now() < until && findings.length < MOST_FINDINGS; batch += 1) {
    for (const { input, read } of fc.sample(attempts, { seed: seed + batch, numRuns: BATCH })) {
      inputs += 1;
      const [took, thrown] = tryOut(read);
      longestMs = Math.max(longestMs, took);
      const shown = () => fc.stringify(input).slice(0, 2_000);
      if (thrown !== undefined) findings.push(`${what}: ${thrown}\n  ${shown()}`);
      if (took > LONGEST_MS) slow.push(`${what}: took ${Math.round(took)} ms\n  ${shown()}`);
    }
  }
  return { what, inputs, findings, slow, longestMs };
}

/** How long it took, the best of two where it took long, and what was thrown. */
function tryOut(work: () => unknown): [took: number, thrown: string | undefined] {
  const once = (): [number, string | undefined] => {
    const started = performance.now();
    try {
      work();
      return [performance.now() - started, undefined];
    } catch (error) {
      const isRefusal = error instanceof WebhookRejected;
      return [performance.now() - started, isRefusal ? undefined : `threw ${String(error)}`];
    }
  };
  const first = once();
  return first[0] > LONGEST_MS ? once() : first;
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? 'null';
  } catch {
    return '{';
  }
}
