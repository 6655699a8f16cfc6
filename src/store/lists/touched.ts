import type { ListKey } from '../../domain/list-entry.ts';
import type { PaymentStatus } from '../../domain/payment.ts';
import { isInNetwork, parseNetwork, parseShopperAddress } from '../../rules/ip.ts';
import { type CardFingerprint, listKeys } from '../../rules/list-value.ts';
import { subjectOfPayment } from '../../rules/subject.ts';
import type { Queryable } from '../db/postgres.ts';
import { readStoredPayment } from '../payments/payment-record.ts';

/** What an entry would have been about, had it been listed. */
export interface Touched {
  readonly days: number;
  /** The payments of that time that were looked at: the newest 20,000. */
  readonly payments: number;
  readonly touched: number;
  /** Those that are touched, by where they stand now. */
  readonly byStatus: Readonly<Partial<Record<PaymentStatus, number>>>;
  /** Some of those that are touched, the newest first. */
  readonly examples: readonly string[];
}

const DAYS = 30;
const MOST_PAYMENTS = 20_000;
const MOST_EXAMPLES = 5;

/** The subscriber's payments of the last 30 days that an entry is about. Reads only. */
export async function touchedBy(
  db: Queryable,
  subscriberId: string,
  entry: ListKey,
  fingerprint: CardFingerprint,
): Promise<Touched> {
  const { rows } = await db.query(
    `select * from payments where subscriber_id = $1 and blocked_at > now() - make_interval(days => $2)
      order by blocked_at desc limit $3`,
    [subscriberId, DAYS, MOST_PAYMENTS],
  );
  const isAbout = matcherOf(entry);
  const touched = rows
    .map(readStoredPayment)
    .filter((payment) =>
      listKeys(subjectOfPayment(payment, fingerprint(payment.paymentOption.token))).some(isAbout),
    );
  const byStatus: Partial<Record<PaymentStatus, number>> = {};
  for (const { status } of touched) byStatus[status] = (byStatus[status] ?? 0) + 1;
  return {
    days: DAYS,
    payments: rows.length,
    touched: touched.length,
    byStatus,
    examples: touched.slice(0, MOST_EXAMPLES).map(({ uniqueReference }) => uniqueReference),
  };
}

/** Whether a payment's value is what the entry lists; an address counts where it is in the entry's network. */
function matcherOf({ kind, value }: ListKey): (key: ListKey) => boolean {
  const network = kind === 'ip' ? parseNetwork(value) : undefined;
  return (key) => {
    if (key.kind !== kind) return false;
    const address = network && parseShopperAddress(key.value);
    return network && address ? isInNetwork(address, network) : key.value === value;
  };
}
