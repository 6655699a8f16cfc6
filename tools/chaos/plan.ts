import * as fc from 'fast-check';
import type { SwitchInput } from '../../src/sandbox-gateway/switches.ts';
import type { Toxic } from './toxiproxy.ts';

/**
 * What becomes of a payment.
 *
 * rulesRelease      the rules release it
 * rulesRefund       the rules refund it
 * callerReleases    held; the payment service releases it with kc-unblock
 * callerRefunds     held; the payment service refunds it with kc-unblock
 * operatorReleases  held; an operator releases it with a signal, after more time with another
 * operatorRefunds   held; an operator refunds it with a signal
 * customerBlocked   held; its customer is blocked and unblocked meanwhile, then it is refunded
 * twoOperators      held; an operator proposes to refund it, and another one confirms
 * contested         charged back before its refund, which waits for a person; the chargeback is won, and it is asked for again
 * reversed          refunded, and the gateway takes the refund back; then it is released
 */
export const stories = [
  'customerBlocked',
  'rulesRelease',
  'rulesRefund',
  'callerReleases',
  'callerRefunds',
  'operatorReleases',
  'operatorRefunds',
  'twoOperators',
  'contested',
  'reversed',
] as const;
export type Story = (typeof stories)[number];

const REFUNDING: readonly Story[] = ['rulesRefund', 'callerRefunds', 'operatorRefunds', 'customerBlocked'];

/** Shorter than the gateway's slowness, so that an answer can come late. */
export const GATEWAY_TIMEOUT_SECONDS = 3;
/** How long the gateway of a run honours an idempotency key. */
export const KEY_LIFETIME_MS = 240_000;

type Misbehaviour = readonly SwitchInput[];
const once = { calls: 1 } as const;

/** What the gateway does with the refund of one payment; each is dealt out about equally often. */
export const gatewayFaults = {
  'drops the answer': [{ misbehave: 'dropAnswer', ...once }],
  'drops three answers': [
    { misbehave: 'dropAnswer', ...once },
    { misbehave: 'dropAnswer', on: 'lookup', calls: 2 },
  ],
  'books, answers late': [{ misbehave: 'slow', when: 'afterBooking', ms: 5_000, ...once }],
  'books late': [{ misbehave: 'slow', when: 'beforeBooking', ms: 5_000, ...once }],
  '500 before booking': [{ misbehave: 'error500', when: 'beforeBooking', ...once }],
  '500 after booking': [{ misbehave: 'error500', when: 'afterBooking', ...once }],
  '429 with Retry-After': [{ misbehave: 'tooMany', retryAfterSeconds: 2, ...once }],
  'declines it': [{ misbehave: 'decline', ...once }],
  'captures later': [{ misbehave: 'captureLater', ms: 3_000, ...once }],
  'pays in USD': [{ misbehave: 'processAs', amountMinor: 12_345, currency: 'USD', ...once }],
} as const satisfies Record<string, Misbehaviour>;

/** Until the key is dead nothing can be learnt of the refund; then a resend would pay a second time. */
export const KEY_DIES = 'forgets the key';
const keyDies: Misbehaviour = [
  { misbehave: 'dropAnswer', ...once },
  { misbehave: 'error500', when: 'beforeBooking', on: 'lookup' },
];

export interface Lifecycle {
  readonly index: number;
  readonly story: Story;
  /** The name of what the gateway does with its refund; undefined where it behaves. */
  readonly gatewayFault: string | undefined;
  readonly switches: Misbehaviour;
}

/**
 * A lifecycle for every index. The gateway misbehaves for half of those that refund, and for every one after `count`:
 * those are begun for the sake of failpoints that few payments reach.
 */
export function planLifecycles(count: number, spare: number, keyDeaths: number, seed: number): Lifecycle[] {
  const dealtStories = deal(stories, count + spare, seed);
  const names = Object.keys(gatewayFaults);
  const wellBehaved = names.map(() => undefined);
  const refunds = dealtStories.slice(0, count).filter((story) => REFUNDING.includes(story)).length;
  const faults: (string | undefined)[] = [
    ...Array.from({ length: keyDeaths }, () => KEY_DIES),
    ...deal([...names, ...wellBehaved], refunds - keyDeaths, seed + 1),
    ...deal(names, spare, seed + 1),
  ];
  return dealtStories.map((story, index) => {
    const gatewayFault = REFUNDING.includes(story) ? faults.shift() : undefined;
    return { index, story, gatewayFault, switches: switchesOf(gatewayFault) };
  });
}

function switchesOf(fault: string | undefined): Misbehaviour {
  if (fault === KEY_DIES) return keyDies;
  return Object.entries(gatewayFaults).find(([name]) => name === fault)?.[1] ?? [];
}

/** Something that happens to a process or to the network, after a while of peace. */
export interface Blow<Kind extends string> {
  readonly kind: Kind;
  readonly afterMs: number;
  readonly lastsMs: number;
}

export const workers = ['Worker 1', 'Worker 2', 'Worker 3'] as const;
export const apis = ['API 1', 'API 2'] as const;
export const victims = [...workers, ...apis, 'Postgres', 'Temporal'] as const;
export type Victim = (typeof victims)[number];

export const networkFaults = {
  cut: undefined,
  slow: { type: 'latency', attributes: { latency: 400, jitter: 200 } },
  reset: { type: 'reset_peer', attributes: { timeout: 0 } },
  'answer torn': { type: 'limit_data', attributes: { bytes: 150 } },
} as const satisfies Record<string, Toxic | undefined>;
export type NetworkFault = keyof typeof networkFaults;

const BLOWS = 1_000;

/** Who is killed when, and for how long it stays down. */
export function planKills(seed: number): Blow<Victim>[] {
  return blows(victims, { min: 5_000, max: 15_000 }, { min: 0, max: 2_000 }, seed + 2);
}

/** What the network between worker and gateway suffers from, and for how long. */
export function planNetworkFaults(seed: number): Blow<NetworkFault>[] {
  const kinds: NetworkFault[] = ['cut', 'slow', 'reset', 'answer torn'];
  return blows(kinds, { min: 5_000, max: 12_000 }, { min: 500, max: 2_500 }, seed + 3);
}

type Range = { readonly min: number; readonly max: number };

function blows<Kind extends string>(
  kinds: readonly Kind[],
  peace: Range,
  length: Range,
  seed: number,
): Blow<Kind>[] {
  const times = fc.sample(fc.record({ afterMs: fc.integer(peace), lastsMs: fc.integer(length) }), {
    seed,
    numRuns: BLOWS,
  });
  const dealt = deal(kinds, BLOWS, seed);
  return times.flatMap((time, index) => {
    const kind = dealt[index];
    return kind === undefined ? [] : [{ kind, ...time }];
  });
}

/** Deals cards from shuffled decks: every kind comes, about equally often, in an order that the seed decides. */
function deal<T>(deck: readonly T[], count: number, seed: number): T[] {
  const shuffled = fc.shuffledSubarray([...deck], { minLength: deck.length });
  return fc
    .sample(shuffled, { seed, numRuns: Math.ceil(count / deck.length) })
    .flat()
    .slice(0, count);
}
