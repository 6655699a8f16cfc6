import { randomUUID } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { z } from 'zod';
import { paymentWorkflowId } from '../../src/domain/ids.ts';
import { moneyToWire } from '../../src/domain/money.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { samplePayment } from '../payments.ts';
import { someRulesCall, SUBSCRIBER } from './past.ts';
import type { Steps } from './rounds.ts';
import type { World } from './world.ts';

/** One shopper in so many is blocked, held, unblocked and refunded. */
export const SHOPPERS_A_HELD_ONE = 50;

/** A payment that the default rules let pass. */
export function passing(): BlockedPayment {
  return samplePayment({ subscriberId: SUBSCRIBER });
}

/** A payment that they hold, for its amount. */
export function suspect(): BlockedPayment {
  return samplePayment({ subscriberId: SUBSCRIBER, amount: { minor: 250_000, currency: 'EUR' } });
}

/** Start, signal, end. */
export async function floor({ temporal, comparisonTaskQueue }: World, workflowId: string): Promise<Steps> {
  const lap = laps();
  const handle = await temporal.workflow.start('floor', { workflowId, taskQueue: comparisonTaskQueue });
  const block = lap();
  await handle.signal('unblock');
  const unblock = lap();
  await handle.result();
  return { block, unblock, refund: lap() };
}

export async function textbook(world: World, payment: BlockedPayment): Promise<Steps> {
  const lap = laps();
  const workflowId = textbookId(payment);
  const held = world.textbookHeld(workflowId);
  const handle = await world.temporal.workflow.start('textbook', {
    workflowId,
    taskQueue: world.comparisonTaskQueue,
    args: [payment],
  });
  await held;
  const block = lap();
  await handle.signal('unblock');
  const unblock = lap();
  await handle.result();
  return { block, unblock, refund: lap() };
}

export function textbookId({ uniqueReference }: BlockedPayment): string {
  return `textbook:${uniqueReference}`;
}

/** Blocked, held, unblocked and refunded by the client, until its run has ended. */
export async function heldByClient(world: World, payment: BlockedPayment): Promise<Steps> {
  const lap = laps();
  await blockAndHold(world, payment);
  const block = lap();
  return { block, ...(await unblockByClient(world, payment)) };
}

/** Blocks a payment that waits from then on. */
export async function blockAndHold({ client }: World, payment: BlockedPayment): Promise<void> {
  const { status } = await client.blockPayment(payment);
  expectStatus(status, 'held');
}

/** Unblocks a payment that waits, and waits for its refund. */
export async function unblockByClient(world: World, payment: BlockedPayment): Promise<Steps> {
  const lap = laps();
  const command = { refundAmount: true, operator: 'ana', reason: 'the card holder did not order this' };
  await world.client.unblockPayment(payment, command);
  const unblock = lap();
  const result: unknown = await world.temporal.workflow.getHandle(paymentWorkflowId(payment)).result();
  expectStatus(runResult.parse(result).status, 'refunded');
  return { unblock, refund: lap() };
}

export async function releasedByClient({ client }: World, payment: BlockedPayment): Promise<Steps> {
  const lap = laps();
  const { status } = await client.blockPayment(payment);
  expectStatus(status, 'released');
  return { block: lap() };
}

/** By kc-block and kc-unblock, which answers once the refund is captured. */
export async function heldOverHttp(world: World, payment: BlockedPayment): Promise<Steps> {
  const lap = laps();
  await blockOverHttp(world, payment, 'held');
  const block = lap();
  const { uniqueReference, localDate, localTime } = payment;
  const body = { partnerReference: `unblock-${uniqueReference}`, refundAmount: true, localDate, localTime };
  const answer = await world.call(`/payment/${uniqueReference}/kc-unblock`, body);
  expectStatus(unblockAnswer.parse(JSON.parse(answer)).refundStatusCode ?? 'released', 'CAPTURED');
  return { block, unblock: lap() };
}

export async function releasedOverHttp(world: World, payment: BlockedPayment): Promise<Steps> {
  const lap = laps();
  await blockOverHttp(world, payment, 'released');
  return { block: lap() };
}

async function blockOverHttp(world: World, payment: BlockedPayment, expected: string): Promise<void> {
  const { subscriberId: _account, uniqueReference, amount, ...fields } = payment;
  const body = { ...fields, presentationAmount: moneyToWire(amount), presentationCurrCode: amount.currency };
  const answer = await world.call(`/payment/${uniqueReference}/kc-block`, body);
  expectStatus(blockAnswer.parse(JSON.parse(answer)).paymentStatus, expected);
}

export async function rulesCall(world: World): Promise<Steps> {
  const lap = laps();
  await world.call('/payment/kpayment/v1/firePayislandRules', someRulesCall());
  return { call: lap() };
}

/** A rules call each, and a few have their payment held and refunded. */
export async function shopper(world: World, index: number): Promise<Steps> {
  const called = await rulesCall(world);
  // In the middle of fifty, so that no round ends with a life that has only just begun.
  const isHeld = index % SHOPPERS_A_HELD_ONE === SHOPPERS_A_HELD_ONE >> 1;
  return isHeld ? { ...called, ...(await heldOverHttp(world, suspect())) } : called;
}

export function newFloorId(): string {
  return `floor:${randomUUID()}`;
}

const runResult = z.object({ status: z.string() });
const blockAnswer = z.object({ paymentStatus: z.string() });
const unblockAnswer = z.object({ refundStatusCode: z.string().nullable() });

function expectStatus(status: string, expected: string): void {
  if (status !== expected) throw new Error(`a payment was to be ${expected} and is ${status}`);
}

/** Each call says how many milliseconds have passed since the one before. */
function laps(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const passed = now - last;
    last = now;
    return passed;
  };
}
