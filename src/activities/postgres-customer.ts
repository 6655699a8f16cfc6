import type { BlockCustomerRequest } from '../domain/customer-block.ts';
import type { CustomerRef } from '../domain/ids.ts';
import { endBlock, storeBlock, type StoredBlock } from '../store/customer-blocks.ts';
import { paymentsUnderWay } from '../store/payments.ts';
import { inTransaction } from '../store/postgres.ts';
import type { ActivityDeps } from './deps.ts';

export type CustomerStore = ReturnType<typeof createCustomerStore>;

/** A customer's block in Postgres. Each step is one transaction and may be repeated. */
export function createCustomerStore({ pool }: ActivityDeps) {
  return {
    async storeBlock({
      request,
      ...customer
    }: CustomerRef & { request: BlockCustomerRequest }): Promise<StoredBlock> {
      return inTransaction(pool, (db) => storeBlock(db, customer, request));
    },

    async endBlock({
      endedBy,
      reason,
      ...customer
    }: CustomerRef & { endedBy: string; reason: string }): Promise<string | null> {
      return inTransaction(pool, (db) => endBlock(db, customer, endedBy, reason));
    },

    /** The unique references of the customer's payments that have not ended, by customer or by blocked card. */
    async paymentsUnderWay({ subscriberId, customerUuid }: CustomerRef): Promise<string[]> {
      return paymentsUnderWay(pool, subscriberId, customerUuid);
    },
  };
}
