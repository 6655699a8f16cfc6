import { ActivityFailure, condition, patched } from '@temporalio/workflow';
import type { RefundCommand } from '../domain/operator-commands.ts';
import type { PaymentCase } from '../domain/payment-case.ts';
import {
  asStatusReason,
  isOpen,
  isSettled,
  LOOKUP_DELAYS_MS,
  type RefundOutcome,
  type RefundStatus,
} from '../domain/refund.ts';
import { conditionUntil } from './condition-until.ts';
import type { Notices } from './notices.ts';
import { showStatus } from './payment-visibility.ts';
import { gateway, store } from './retry-policies.ts';

type SettledStatus = Extract<RefundStatus, 'CAPTURED' | 'DECLINED'>;

/**
 * Has a stored refund paid, and asks again until its outcome is known: by the clock, and whenever there is news. Where
 * the patience of LOOKUP_DELAYS_MS is used up, or the money has gone back another way, it is FAILED: a person finds
 * out, and says what to do.
 */
export async function settleRefund(
  current: PaymentCase,
  reference: string,
  notices: Notices,
): Promise<SettledStatus> {
  const record = async (status: RefundStatus, reason: string, outcome: RefundOutcome, actor = 'gateway') => {
    const known = { refundReference: reference, status, statusReason: reason, outcome, actor };
    notices.send(await store.recordRefund(known));
    current.status = status === 'FAILED' ? 'refundFailed' : 'refunding';
    current.refund = { reference, status, statusReason: reason };
    showStatus(current, { needsAttention: status === 'DECLINED' || status === 'FAILED' });
  };

  for (;;) {
    let outcome = await ask(reference);
    for (const delay of LOOKUP_DELAYS_MS) {
      if (!isOpen(outcome)) break;
      const reason = reasonOf(outcome);
      if (current.refund?.status !== 'PENDING' || current.refund.statusReason !== reason) {
        await record('PENDING', reason, outcome);
      }
      outcome = await askAgainIn(delay, reference, current);
    }
    const settled = settledStatus(outcome);
    if (settled) {
      await record(settled, reasonOf(outcome), outcome);
      return settled;
    }

    await record('FAILED', reasonOf(outcome) || 'the gateway never finished it', outcome);
    const { found, actor } = await foundOut(reference, current);
    const status = settledStatus(found);
    await record(status ?? 'PENDING', reasonOf(found), found, actor);
    current.refundCommand = undefined;
    if (status) return status;
  }
}

/**
 * Asks once the delay is over. News in between is looked up at once and only looked up; it does not use up the
 * schedule, so that whoever asks often does not make the refund FAILED any sooner.
 */
async function askAgainIn(delay: number, reference: string, current: PaymentCase): Promise<RefundOutcome> {
  const at = Date.now() + delay;
  for (;;) {
    await conditionUntil(() => current.refundNews, at, 'refund: ask the gateway again');
    // While the gateway is away each lookup takes its hour: news that comes again and again must not put the schedule off.
    const isDue = !current.refundNews || (Date.now() >= at && patched('schedule-before-news'));
    if (isDue) return ask(reference);
    const known = await lookUpNews(reference, current);
    if (!isOpen(known)) return known;
  }
}

/** What became of a refund that needed a person, and who says so. */
interface FoundOut {
  readonly found: RefundOutcome;
  readonly actor: string;
}

/** Waits until a person has decided, or until the gateway knows by itself how it ended. */
async function foundOut(reference: string, current: PaymentCase): Promise<FoundOut> {
  for (;;) {
    await condition(() => current.refundCommand !== undefined || current.refundNews);
    if (current.refundCommand) return saidBy(current.refundCommand, reference, current);
    const found = await lookUpNews(reference, current);
    if (isSettled(found)) return { found, actor: 'gateway' };
  }
}

async function lookUpNews(reference: string, current: PaymentCase): Promise<RefundOutcome> {
  // Before the lookup: what comes while it is under way is newer than its answer may be.
  current.refundNews = false;
  return lookUp(reference);
}

/** What a person's decision says of the refund; the gateway has the last word before money is given back. */
async function saidBy(command: RefundCommand, reference: string, current: PaymentCase): Promise<FoundOut> {
  const { operator: actor } = command;
  const said = `${actor}: ${command.reason}`;
  switch (command.kind) {
    case 'retryRefund':
      return { actor, found: { kind: 'unknown', reason: `asked again by ${said}` } };
    case 'markRefundPaid': {
      const { gatewayReference } = command;
      return { actor, found: { kind: 'paid', gatewayReference, processed: current.payment.amount } };
    }
    case 'giveUpRefund': {
      const known = await lookUp(reference);
      return known.kind === 'paid' || known.kind === 'pending'
        ? { actor: 'gateway', found: known }
        : { actor, found: { kind: 'declined', reason: `given up by ${said}` } };
    }
  }
}

function settledStatus(outcome: RefundOutcome): SettledStatus | undefined {
  if (outcome.kind === 'paid') return 'CAPTURED';
  return outcome.kind === 'declined' ? 'DECLINED' : undefined;
}

function reasonOf(outcome: RefundOutcome): string {
  return 'reason' in outcome ? asStatusReason(outcome.reason) : '';
}

function ask(refundReference: string): Promise<RefundOutcome> {
  const summary = `refund ${refundReference}`;
  return orUnknown(gateway.payRefund.executeWithOptions({ summary }, [{ refundReference }]));
}

/** What the gateway knows of a refund; sends nothing. */
export function lookUp(refundReference: string): Promise<RefundOutcome> {
  const summary = `look refund ${refundReference} up`;
  return orUnknown(gateway.lookUpRefund.executeWithOptions({ summary }, [{ refundReference }]));
}

/** Hours of a gateway that took no call, or a fault of ours: whether something was paid is for a lookup to say. */
async function orUnknown(answer: Promise<RefundOutcome>): Promise<RefundOutcome> {
  try {
    return await answer;
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return { kind: 'unknown', reason: error.cause?.message ?? error.message };
  }
}
