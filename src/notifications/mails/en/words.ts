import { DateTime } from 'luxon';
import { formatMoney } from '../../../domain/money.ts';
import { EXAMPLE_OPERATOR } from '../../../domain/people.ts';
import type { Words } from '../mails.ts';

/** Amounts are written as by the API, the command line and the Temporal UI, so that a search finds them there. */
export const words: Words = {
  labels: {
    payment: 'Payment',
    amount: 'Amount',
    card: 'Card, last four',
    invoice: 'Invoice',
    merchant: 'Merchant account',
    customer: 'Customer account',
    refund: 'Refund',
    due: 'Review due',
    decidedBy: 'Decided by',
    confirmedBy: 'Confirmed by',
    reason: 'Reason',
    run: 'Run',
    openRun: 'open it in the Temporal UI',
    desk: 'Case',
    openCase: 'decide it at the desk',
    whyStopped: 'Why it was stopped:',
  },
  deciders: {
    rules: 'the rules',
    operator: 'an operator',
    deadline: 'the deadline: no operator decided in time',
  },
  amount: formatMoney,
  moment: (iso, timeZone) => {
    const zone = timeZone === 'UTC' ? 'UTC' : `(${timeZone})`;
    return `${DateTime.fromISO(iso, { zone: timeZone }).toFormat('yyyy-MM-dd HH:mm')} ${zone}`;
  },
  placeholders: { operator: EXAMPLE_OPERATOR, reason: 'why', gatewayReference: 'its reference there' },
};
