import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { z } from 'zod';
import { paymentStatuses } from '../../src/domain/payment.ts';
import { refusedCallIn } from '../../src/temporal/refused-call.ts';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import { refundStatuses } from '../../src/domain/refund.ts';
import type { PaymentBlockClient } from '../../src/client/index.ts';
import type { Answer, Caller } from './caller.ts';
import { INJECTED } from './database-faults.ts';
import { KEY_DIES, KEY_LIFETIME_MS, type Lifecycle, type Story } from './plan.ts';

// Who asks has the refund looked up: long enough for the lifecycle's own first lookup to come before.
const LOOK_AGAIN_MS = 3_000;

/** What the payment service was told last of a payment. */
export const told = z.object({
  paymentStatus: z.enum(paymentStatuses),
  refundReference: z.string().nullable(),
  refundStatusCode: z.enum(refundStatuses).nullable(),
  processedAmount: z.number().nullable(),
  processedCurrCode: z.string().nullable(),
});
export type Told = z.infer<typeof told>;

/** How a lifecycle went, from its first call to the end that the payment service saw. */
export interface Ended {
  readonly uniqueReference: string;
  readonly lifecycle: Lifecycle;
  readonly milliseconds: number;
  readonly told: Told;
  /** The answer to the kc-unblock that started a refund, asked for once more at the end; null where there was none. */
  readonly repeated: {
    readonly refundReference: string | null;
    readonly refundStatusCode: string | null;
  } | null;
}

export interface Scene {
  readonly run: string;
  readonly subscriberId: string;
  readonly caller: Caller;
  readonly temporal: Client;
  readonly client: PaymentBlockClient;
  readonly signal: AbortSignal;
  /** Lets the gateway answer for a payment option again. */
  readonly behave: (paymentOptionToken: string) => Promise<void>;
  /** Has the gateway take a paid refund back; undefined where its adapter would never see that. */
  readonly reverse: ((refundReference: string) => Promise<void>) | undefined;
}

export function referenceOf({ run }: Pick<Scene, 'run'>, { index }: Lifecycle): string {
  return `${run}-${index}`;
}

export function tokenOf(scene: Pick<Scene, 'run'>, lifecycle: Lifecycle): string {
  return `tok_${referenceOf(scene, lifecycle)}`;
}

/** Brings one payment from its block to its end. @throws where the API refuses a call that it has no reason to refuse */
export async function live(scene: Scene, lifecycle: Lifecycle): Promise<Ended> {
  const started = Date.now();
  const uniqueReference = referenceOf(scene, lifecycle);
  await scene.caller.post(`/payment/${uniqueReference}/kc-block`, blockBody(scene, lifecycle)).then(accepted);
  const unblocked = await decide(scene, lifecycle, uniqueReference);
  if (lifecycle.gatewayFault === KEY_DIES) {
    await sleep(KEY_LIFETIME_MS, undefined, { signal: scene.signal });
    await scene.behave(tokenOf(scene, lifecycle));
  }
  const { last, isDecidedAnew } = await untilEnded(scene, uniqueReference);
  const milliseconds = Date.now() - started;
  // A decision that was given up is on no record, and another one has ended the payment.
  const repeated =
    unblocked && !isDecidedAnew
      ? refundAnswer.parse(accepted(await unblock(scene, uniqueReference, unblocked)))
      : null;
  return { uniqueReference, lifecycle, milliseconds, told: last, repeated };
}

type Unblock = { readonly partnerReference: string; readonly refundAmount: boolean };

const refundAnswer = z.object({
  refundReference: z.string().nullable(),
  refundStatusCode: z.string().nullable(),
});

/** Does what its story says once the payment is blocked. Resolves with the payment service's own unblock, if any. */
async function decide(scene: Scene, { story }: Lifecycle, uniqueReference: string): Promise<Unblock | null> {
  switch (story) {
    case 'rulesRelease':
    case 'rulesRefund':
      return null;
    case 'operatorReleases':
    case 'operatorRefunds':
      await operator(scene, uniqueReference, 'extendReview', { hours: 100 });
      await operator(scene, uniqueReference, 'unblock', { refundAmount: story === 'operatorRefunds' });
      return null;
    case 'twoOperators':
      await operator(scene, uniqueReference, 'unblock', { refundAmount: true });
      await confirm(scene, uniqueReference);
      return null;
    case 'contested': {
      const chargebacks = `/payment/${uniqueReference}/chargebacks`;
      const reference = `cb-${uniqueReference}`;
      await carriedOut(() => scene.caller.post(chargebacks, { reference, reason: 'not ordered' }));
      const asked = await unblockOnce(scene, uniqueReference, true);
      await untilOrGivenUp(scene, uniqueReference, 'refundFailed');
      const end = { outcome: 'won', reason: 'proof of delivery' };
      await carriedOut(() => scene.caller.post(`${chargebacks}/${reference}/end`, end));
      return asked;
    }
    case 'reversed': {
      const asked = await unblockOnce(scene, uniqueReference, true);
      const { paymentStatus, refundReference } = await untilOrGivenUp(scene, uniqueReference, 'refunded');
      if (paymentStatus !== 'refunded' || refundReference === null || !scene.reverse) return asked;
      await scene.reverse(refundReference);
      // The gateway's news comes at least once.
      await until(scene, uniqueReference, async (now) => {
        if (now.paymentStatus !== 'refunded') return true;
        const ref = { subscriberId: scene.subscriberId, uniqueReference };
        await scene.client.refundChanged(ref).catch(() => {});
        return false;
      });
      return asked;
    }
    case 'customerBlocked': {
      const customer = `/payment/kpayment/v1/customer/${customerOf(uniqueReference)}`;
      const block = { onlinePayment: true, sendBlockNotification: true };
      await carriedOut(() => scene.caller.post(`${customer}/block`, block));
      await carriedOut(() => scene.caller.post(`${customer}/unblock`, { reason: 'identity confirmed' }));
      return unblockOnce(scene, uniqueReference, true);
    }
    case 'callerReleases':
    case 'callerRefunds':
      return unblockOnce(scene, uniqueReference, story === 'callerRefunds');
  }
}

async function unblockOnce(scene: Scene, uniqueReference: string, refundAmount: boolean): Promise<Unblock> {
  const asked = { partnerReference: `unblock-${uniqueReference}`, refundAmount };
  await carriedOut(() => unblock(scene, uniqueReference, asked));
  return asked;
}

function unblock({ caller }: Scene, uniqueReference: string, asked: Unblock): Promise<Answer> {
  return caller.post(`/payment/${uniqueReference}/kc-unblock`, { ...asked, ...LOCAL_TIME });
}

/**
 * Looks at the payment until it has ended. One whose refund was declined, or whose decision was given up, goes to the
 * merchant instead; a refund without outcome is asked for again.
 */
async function untilEnded(
  scene: Scene,
  uniqueReference: string,
): Promise<{ readonly last: Told; readonly isDecidedAnew: boolean }> {
  let attempt = 0;
  let looks = 0;
  let before = '';
  let isDecidedAnew = false;
  const last = await until(scene, uniqueReference, async ({ paymentStatus, refundStatusCode }) => {
    if (paymentStatus === 'released' || paymentStatus === 'refunded') return true;
    looks = paymentStatus === before ? looks + 1 : 0;
    before = paymentStatus;
    const isGivenUp = looks > LOOKS_BEFORE_GIVEN_UP;
    // A step that the record refuses is on no record: its operator sees it in the run.
    if (paymentStatus === 'refundFailed' || (paymentStatus === 'refunding' && isGivenUp))
      await operator(scene, uniqueReference, 'retryRefund', {});
    if (paymentStatus === 'held' && (refundStatusCode === 'DECLINED' || isGivenUp)) {
      // Refused while the lifecycle is only on its way back into review: then the next one is taken.
      attempt += 1;
      isDecidedAnew ||= refundStatusCode !== 'DECLINED';
      const partnerReference = `release-${attempt}-${uniqueReference}`;
      await unblock(scene, uniqueReference, { partnerReference, refundAmount: false });
    }
    return false;
  });
  return { last, isDecidedAnew };
}

/** After so many looks at the same status a step is taken to be given up. */
const LOOKS_BEFORE_GIVEN_UP = 10;

/** Looks until the payment has a status, or the step to it is taken to be given up. */
function untilOrGivenUp(scene: Scene, uniqueReference: string, status: Told['paymentStatus']): Promise<Told> {
  let looks = 0;
  return until(scene, uniqueReference, ({ paymentStatus }) => {
    looks += 1;
    return paymentStatus === status || looks > LOOKS_BEFORE_GIVEN_UP;
  });
}

/** Looks at the payment until it is as it should be. */
async function until(
  { caller, signal }: Scene,
  uniqueReference: string,
  isReached: (now: Told) => boolean | Promise<boolean>,
): Promise<Told> {
  for (;;) {
    const now = told.parse(accepted(await caller.get(`/payment/${uniqueReference}`)));
    if (await isReached(now)) return now;
    await sleep(LOOK_AGAIN_MS, undefined, { signal });
  }
}

/** A second operator confirms what is proposed, once the run shows it. */
async function confirm(scene: Scene, uniqueReference: string): Promise<void> {
  const { client, subscriberId } = scene;
  await until(scene, uniqueReference, async ({ paymentStatus }) => {
    // Decided otherwise: its proposal was given up.
    if (paymentStatus !== 'held') return true;
    const view = await client.payment({ subscriberId, uniqueReference }).catch(() => undefined);
    // A proposal that was given up stands in the run's timeline.
    if (view?.proposal === undefined)
      return view?.timeline.some(({ text }) => text.includes(INJECTED)) ?? false;
    await operator(scene, uniqueReference, 'confirmUnblock', { confirms: view.proposal.hash }, 'ben');
    return true;
  });
}

/** Calls again, unchanged, where the step was given up because of an error that was injected. */
async function carriedOut(call: () => Promise<Answer>): Promise<unknown> {
  for (;;) {
    const answer = await call();
    if (answer.status === 200 || !JSON.stringify(answer.body).includes(INJECTED)) return accepted(answer);
  }
}

/** An operator's message, as the Temporal UI sends it; sent again until Temporal has taken it. */
async function operator(
  scene: Scene,
  uniqueReference: string,
  name: string,
  input: object,
  by = 'ana',
): Promise<void> {
  const { temporal, subscriberId, signal } = scene;
  const handle = temporal.workflow.getHandle(paymentWorkflowId({ subscriberId, uniqueReference }));
  for (;;) {
    try {
      return await handle.signal(name, { ...input, operator: by, reason: 'chaos' });
    } catch (error) {
      // It was taken at an earlier try, whose answer was lost, and the run has ended since.
      if (error instanceof WorkflowNotFoundError) return;
      if (refusedCallIn(error) === undefined) throw error;
      await sleep(LOOK_AGAIN_MS, undefined, { signal });
    }
  }
}

function accepted({ status, body }: Answer): unknown {
  if (status === 200) return body;
  throw new Error(`the API answered ${status}: ${JSON.stringify(body)}`);
}

const LOCAL_TIME = { localDate: '2026-01-11', localTime: '145752' };

/** The amounts and the address are what the default rules release, hold or refund for. */
function blockBody(scene: Scene, lifecycle: Lifecycle) {
  const id = referenceOf(scene, lifecycle);
  return {
    partnerReference: `block-${id}`,
    customerAccno: '222123456',
    merchantAccno: '444123456',
    ...amountFor(lifecycle.story, lifecycle.index),
    paymentOption: {
      token: tokenOf(scene, lifecycle),
      ccType: 'VISA',
      ccLastFour: '4242',
      cardHolder: `Mallory ${id}`,
    },
    customerUuid: customerOf(id),
    invoiceGUID: `invoice-${id}`,
    ipAddress: `2001:db8:${lifecycle.story === 'rulesRefund' ? 'bad' : 'cafe'}:${lifecycle.index.toString(16)}::1`,
    onlinePayment: true,
    threeDSAuthentication: true,
    ...LOCAL_TIME,
  };
}

function amountFor(story: Story, index: number) {
  if (story === 'rulesRelease' || story === 'rulesRefund') {
    return { presentationAmount: 10 + (index % 80), presentationCurrCode: 'EUR' };
  }
  // Above what takes two.
  if (story === 'twoOperators') return { presentationAmount: 2500.25, presentationCurrCode: 'CHF' };
  const large = [
    { presentationAmount: 2500.25, presentationCurrCode: 'EUR' },
    { presentationAmount: 400_000, presentationCurrCode: 'JPY' },
    // No rule has a limit for it, so it is held.
    { presentationAmount: 12.34, presentationCurrCode: 'KWD' },
  ];
  return large[index % large.length];
}

function customerOf(uniqueReference: string): string {
  return `customer-${uniqueReference}`;
}
