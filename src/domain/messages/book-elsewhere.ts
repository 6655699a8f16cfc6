import type { Booking, BookElsewhereCommand } from '../commands.ts';
import { formatMoney, moneyFromWire } from '../money.ts';
import type { PaymentCase } from '../payment-case.ts';
import { define, isJournalRecorded } from './define.ts';
import { EXAMPLE_REFERENCE, readGatewayReference } from './gateway-reference.ts';
import { BY, type Parsed, readSigned, readText, refuse } from './message.ts';

const MISSING_REFERENCE = 'gatewayReference is missing: what the gateway or the bank calls the movement';

export const BOOK_ELSEWHERE_EXAMPLE = `{"amount": "40.00", "gatewayReference": "${EXAMPLE_REFERENCE}", ${BY}, "reason": "refunded in the dashboard"}`;

/** Reads what came with `bookElsewhere`: an amount in the payment's currency, major units, and where it is found. */
export function parseBookElsewhere(input: unknown): Parsed<BookElsewhereCommand> {
  return readSigned(input, BOOK_ELSEWHERE_EXAMPLE, (field, signed) => {
    const written = field('amount');
    const amount = typeof written === 'number' ? String(written) : readText(written);
    if (amount === undefined || !/^\d{1,15}(\.\d+)?$/.test(amount)) {
      return refuse(
        "amount is missing or no amount: write 40.00, in the payment's currency",
        BOOK_ELSEWHERE_EXAMPLE,
      );
    }
    const reference = readGatewayReference(field('gatewayReference'), BOOK_ELSEWHERE_EXAMPLE, {
      missing: MISSING_REFERENCE,
      isExample: MISSING_REFERENCE,
    });
    if (!reference.ok) return reference;
    return { ok: true, value: { amount, gatewayReference: reference.value, ...signed } };
  });
}

/** What the command books; or why it cannot. */
function bookingBy({ payment, refund }: PaymentCase, command: BookElsewhereCommand): Booking | string {
  const { amount } = command;
  const { currency } = payment.amount;
  const money = moneyFromWire(Number(amount), currency);
  if (typeof money === 'string') return `amount ${amount} is none that ${currency} can hold`;
  const rest = payment.amount.minor - refund.elsewhereMinor;
  if (money.minor < rest) return { ...command, amountMinor: money.minor };
  return `${formatMoney(money)} is not less than the ${formatMoney({ currency, minor: rest })} that is left: where all of it is gone, refund it, and send markRefundPaid once the refund waits for a person`;
}

/** What a booking says, in a few words. */
export function bookingText({ amountMinor: minor, gatewayReference }: Booking, currency: string): string {
  return `${formatMoney({ minor, currency })} went elsewhere, as ${gatewayReference}`;
}

export const bookElsewhere = define({
  name: 'bookElsewhere',
  effect:
    'A part of the money went back another way, or was never captured: only the rest is refunded or released',
  fields: [
    {
      name: 'amount',
      kind: 'text',
      isRequired: true,
      description: "in the payment's currency, for example 40.00",
    },
    {
      name: 'gatewayReference',
      kind: 'text',
      isRequired: true,
      description: 'what the gateway or the bank calls the movement',
    },
  ],
  example: BOOK_ELSEWHERE_EXAMPLE,
  parse: parseBookElsewhere,
  refusal: (current, command) => {
    const refused = current.refusalOfReviewCommand() ?? current.decisions.refusalWhileProposed();
    if (refused !== undefined) return refused;
    const booking = bookingBy(current, command);
    return typeof booking === 'string' ? booking : current.review.refusalOfBooking(booking);
  },
  accept: (current, command) => {
    const booking = bookingBy(current, command);
    if (typeof booking === 'string') throw new Error(booking);
    const { operator } = current.review.proposedBooking ?? booking;
    const effect = bookingText(booking, current.payment.amount.currency);
    switch (current.review.onBooking(booking)) {
      case 'booked':
        return effect;
      case 'proposed':
        current.journal.append({ kind: 'proposeBookElsewhere', ...command });
        return `proposed: ${effect}; another operator has to send the same`;
      case 'confirmed':
        return `${effect}, as ${operator} has proposed`;
    }
  },
  part: 'review',
  isDone: (current) =>
    !current.review.isQueued('bookElsewhere') &&
    (current.review.proposedBooking === undefined || isJournalRecorded(current)),
});
