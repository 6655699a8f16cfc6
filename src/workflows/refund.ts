import { ActivityFailure, condition, sleep } from '@temporalio/workflow';
import type { RefundCommand } from '../domain/operator-commands.ts';
import type { PaymentCase } from '../domain/payment-case.ts';
import { isSettled, LOOKUP_DELAYS_MS, type RefundOutcome, type RefundStatus } from '../domain/refund.ts';
import type { Notices } from './notices.ts';
import { showStatus } from './payment-visibility.ts';
import { gateway, store } from './retry-policies.ts';

type SettledStatus = Extract<RefundStatus, 'CAPTURED' | 'DECLINED'>;

/**
 * Has a stored refund paid, and asks again until its outcome is known. Where the patience of LOOKUP_DELAYS_MS is used
 * up it is FAILED: a person finds out, and says what to do.
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
      if (isSettled(outcome) || outcome.kind === 'contested') break;
      const reason = reasonOf(outcome);
      if (current.refund?.status !== 'PENDING' || current.refund.statusReason !== reason) {
        await record('PENDING', reason, outcome);
      }
      await sleep(delay, { summary: 'refund: ask the gateway again' });
      outcome = await ask(reference);
    }
    const settled = settledStatus(outcome);
    if (settled) {
      await record(settled, reasonOf(outcome), outcome);
      return settled;
    }

    await record('FAILED', reasonOf(outcome) || 'the gateway never finished it', outcome);
    const command = await decidedByAPerson(current);
    const found = await foundOut(command, reference, current);
    const status = settledStatus(found);
    await record(status ?? 'PENDING', reasonOf(found), found, command.operator);
    current.refundCommand = undefined;
    if (status) return status;
  }
}

/** What a person's decision says of the refund; the gateway has the last word before money is given back. */
async function foundOut(
  command: RefundCommand,
  reference: string,
  current: PaymentCase,
): Promise<RefundOutcome> {
  const said = `${command.operator}: ${command.reason}`;
  switch (command.kind) {
    case 'retryRefund':
      return { kind: 'unknown', reason: `asked again by ${said}` };
    case 'markRefundPaid':
      return { kind: 'paid', gatewayReference: command.gatewayReference, processed: current.payment.amount };
    case 'giveUpRefund': {
      const known = await lookUp(reference);
      return known.kind === 'paid' || known.kind === 'pending'
        ? known
        : { kind: 'declined', reason: `given up by ${said}` };
    }
  }
}

async function decidedByAPerson(current: PaymentCase): Promise<RefundCommand> {
  for (;;) {
    await condition(() => current.refundCommand !== undefined);
    if (current.refundCommand) return current.refundCommand;
  }
}

function settledStatus(outcome: RefundOutcome): SettledStatus | undefined {
  if (outcome.kind === 'paid') return 'CAPTURED';
  return outcome.kind === 'declined' ? 'DECLINED' : undefined;
}

function reasonOf(outcome: RefundOutcome): string {
  return 'reason' in outcome ? outcome.reason : '';
}

function ask(refundReference: string): Promise<RefundOutcome> {
  const summary = `refund ${refundReference}`;
  return orUnknown(gateway.payRefund.executeWithOptions({ summary }, [{ refundReference }]));
}

function lookUp(refundReference: string): Promise<RefundOutcome> {
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
