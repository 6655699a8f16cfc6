import { type DeliveryDeps, deliverOnce } from '../../src/delivery/deliver-once.ts';
import { claimDue, dueEndpoints } from '../../src/store/notifications/deliveries.ts';
import { fanOut } from '../../src/store/notifications/outbox.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';

/**
 * Makes the attempts that are due now, as the lanes do, one time over; to each target in order.
 * @returns what was not taken, in the words of its log
 */
export async function deliverAll(deps: DeliveryDeps): Promise<string[]> {
  const unreadable = (_subscriberId: string, error: unknown) => {
    throw error;
  };
  await inTransaction(deps.pool, (db) => fanOut(db, 1_000, unreadable));
  const targets = [null, ...(await dueEndpoints(deps.pool))];
  const problems = await Promise.all(
    targets.map(async (target) => {
      const refusals: (string | undefined)[] = [];
      for (const delivery of await claimDue(deps.pool, target, 100)) {
        refusals.push(await deliverOnce(deps, delivery));
      }
      return refusals;
    }),
  );
  return problems.flat().filter((problem) => problem !== undefined);
}
