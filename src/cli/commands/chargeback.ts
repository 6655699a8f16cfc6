import type { Command } from 'commander';
import { z } from 'zod';
import { formatMoney, moneyFromWire } from '../../domain/money.ts';
import { type ChargebackEnd, chargebackEnds } from '../../domain/chargeback.ts';
import { endChargeback, recordChargeback } from '../../store/refunds/chargebacks.ts';
import { paymentByReference } from '../../store/payments/payment-record.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import { withSignature } from '../input/database.ts';
import { signed } from '../input/signed.ts';
import { UsageError } from '../output/exit.ts';
import { align, print } from '../output/output.ts';
import { paymentRefOf, wantsJson } from '../input/session.ts';

const options = z.object({
  reference: z.string(),
  amount: z.string().exactOptional(),
  outcome: z.string().exactOptional(),
});

/** `chargeback`: what the bank took back, and how that ended. */
export function addChargebackCommand(program: Command): void {
  signed(program.command('chargeback').argument('<uniqueReference>'))
    .description('record that a payment was charged back, or how that ended')
    .requiredOption('--reference <text>', "the bank's own reference: reported again, it changes nothing")
    .option('--outcome <outcome>', `how it ended: ${chargebackEnds.join(', ')}`)
    .option('--amount <amount>', 'how much, for example 12.50; all of the payment when not given')
    .action(async (uniqueReference: string, _options: unknown, command: Command) => {
      const ref = paymentRefOf(command, uniqueReference);
      const { reference, amount, outcome } = options.parse(command.opts());
      const ended = outcome === undefined ? undefined : readEnd(outcome);
      if (reference.length < 1 || reference.length > 64)
        throw new UsageError('--reference is 1 to 64 characters');
      const stored = await withSignature(
        command,
        'payment.chargebacks',
        (pool, { actor: operator, reason }) => {
          if (reason.length > 255) throw new UsageError('--reason is 1 to 255 characters');
          return inTransaction(pool, async (db) => {
            if (ended !== undefined)
              return endChargeback(db, ref, { reference, outcome: ended, reason }, operator);
            const currency = (await paymentByReference(db, ref))?.amount.currency;
            const chargeback =
              amount === undefined || currency === undefined
                ? { reference, reason }
                : { reference, reason, amountMinor: readAmount(amount, currency) };
            return recordChargeback(db, ref, chargeback, operator);
          });
        },
      );
      const text = align([
        ['payment', uniqueReference],
        ['charged back', formatMoney(stored.amount)],
        ['reference', stored.reference],
        ['why', stored.reason],
        ['reported', stored.reportedAt.toISOString()],
        ['status', stored.status],
      ]);
      print(wantsJson(command), { uniqueReference, ...stored }, text);
    });
}

function readEnd(text: string): ChargebackEnd {
  const end = chargebackEnds.find((each) => each === text);
  if (end !== undefined) return end;
  throw new UsageError(`--outcome ${text} is none of ${chargebackEnds.join(', ')}`);
}

function readAmount(text: string, currency: string): number {
  const money = moneyFromWire(Number(text), currency);
  if (typeof money !== 'string') return money.minor;
  throw new UsageError(`--amount ${text} is no amount in ${currency}: write 12.50, as the payment has it`);
}
