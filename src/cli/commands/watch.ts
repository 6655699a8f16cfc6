import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { PaymentView } from '../../client/index.ts';
import { hasEnded } from '../../domain/payment.ts';
import { openProposal, outcomeOf } from '../../domain/proposals.ts';
import { describeProposal, describeRefund, print } from '../output/output.ts';
import { paymentRefOf, wantsJson, withClient } from '../input/session.ts';

const INTERVAL_MS = 500;

/** `watch`: follows a payment to its end. */
export function addWatchCommand(program: Command): void {
  program
    .command('watch')
    .argument('<uniqueReference>')
    .description('show every change of a payment until it has ended')
    .action(async (uniqueReference: string, _options: unknown, command: Command) => {
      const ref = paymentRefOf(command, uniqueReference);
      await withClient(async (client) => {
        let shown = '';
        for (;;) {
          const view = await client.payment(ref);
          const change = describeChange(view);
          if (change !== shown) {
            const at = new Date().toISOString();
            print(wantsJson(command), { at, ...view }, `${at}  ${change}`);
            shown = change;
          }
          if (hasEnded(view.status)) return;
          await pause(INTERVAL_MS);
        }
      });
    });
}

function describeChange(view: PaymentView): string {
  const refund = describeRefund(view);
  const message = view.messages.at(-1);
  const proposal = openProposal(view);
  return [
    view.status,
    view.status === 'held' ? `until ${view.reviewDueAt ?? 'it is decided'}` : undefined,
    refund === undefined ? undefined : `refund ${refund}`,
    view.decidedBy === undefined ? undefined : `decided by ${view.decidedBy}`,
    message && `last message: ${message.name} by ${message.operator} ${outcomeOf(message, proposal)}`,
    proposal && `proposed: ${describeProposal(proposal)}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}
