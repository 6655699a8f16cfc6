import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { z } from 'zod';
import type { BlockedPayment } from '../../domain/payment.ts';
import { type Signed, userName } from '../../domain/people.ts';
import { signedText } from '../../domain/voucher.ts';
import { audit } from '../books/append.ts';
import { StoreConflict } from '../db/errors.ts';
import { accountByUser } from './accounts.ts';
import type { Queryable } from '../db/postgres.ts';

/** A key whose owner may block payments of its subscriber without the API. */
export interface ClientKey {
  readonly subscriberId: string;
  readonly name: string;
  readonly addedBy: string;
  readonly addedAt: Date;
}

type KeyRef = Pick<ClientKey, 'subscriberId' | 'name'>;

/** No one vouches for a payment: nothing is taken in. */
export class NotVouchedFor extends StoreConflict {
  override readonly name = 'NotVouchedFor';
}

/** The public key of a PEM, or why it is none that may vouch. */
export function readPublicKey(pem: string): KeyObject | { readonly problem: string } {
  let key: KeyObject;
  try {
    key = createPublicKey(pem);
  } catch {
    return { problem: 'is no public key in PEM' };
  }
  if (/PRIVATE KEY/.test(pem)) return { problem: 'is a private key: keep it, and give its public half' };
  return key.asymmetricKeyType === 'ed25519' ? key : { problem: `is ${key.asymmetricKeyType}, not ed25519` };
}

/** Registers a key, in a transaction of the caller's. @throws StoreConflict where the name is in use */
export async function addClientKey(
  db: Queryable,
  { subscriberId, name }: KeyRef,
  publicKey: KeyObject,
  { actor, reason }: Signed,
): Promise<void> {
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  const { rowCount } = await db.query(
    `insert into client_keys (subscriber_id, name, public_key, added_by) values ($1, $2, $3, $4)
     on conflict do nothing`,
    [subscriberId, name, pem, userName(actor)],
  );
  if (rowCount !== 1)
    throw new StoreConflict(`${subscriberId} has a key ${name} already: remove it, or use another name`);
  await audit(db, {
    ...subjectOf({ subscriberId, name }),
    action: 'clientKeyAdded',
    actor,
    details: { reason },
  });
}

/** Takes a key out of use, in a transaction of the caller's. @returns whether there was one */
export async function removeClientKey(
  db: Queryable,
  ref: KeyRef,
  { actor, reason }: Signed,
): Promise<boolean> {
  const { rowCount } = await db.query('delete from client_keys where subscriber_id = $1 and name = $2', [
    ref.subscriberId,
    ref.name,
  ]);
  if (rowCount !== 1) return false;
  await audit(db, { ...subjectOf(ref), action: 'clientKeyRemoved', actor, details: { reason } });
  return true;
}

function subjectOf({ subscriberId, name }: KeyRef) {
  return { subscriberId, subject: `clientKey:${name}` };
}

/** A subscriber's keys, oldest first. */
export async function clientKeys(db: Queryable, subscriberId: string): Promise<ClientKey[]> {
  const { rows } = await db.query(
    'select name, added_by, added_at from client_keys where subscriber_id = $1 order by added_at, name',
    [subscriberId],
  );
  return z
    .array(z.object({ name: z.string(), added_by: z.string(), added_at: z.date() }))
    .parse(rows)
    .map(({ name, added_by: addedBy, added_at: addedAt }) => ({ subscriberId, name, addedBy, addedAt }));
}

/**
 * Requires that a payment was blocked by a caller with the right to: the API has taken the call, or a key of the
 * subscriber has signed it, or a service account of the subscriber's has started the run. Anyone who reaches Temporal can
 * start one.
 * @param starterOf the user whom Temporal vouches for as the run's starter; undefined where it names none
 * @throws NotVouchedFor
 */
export async function requireVoucher(
  db: Queryable,
  payment: BlockedPayment,
  starterOf: () => Promise<string | undefined>,
): Promise<void> {
  const { subscriberId, uniqueReference, partnerReference, voucher } = payment;
  const { rows } = await db.query<{ claimed: boolean; public_key: string | null }>(
    `select exists (select from partner_requests
                     where subscriber_id = $1 and partner_reference = $2 and operation = 'block'
                       and unique_reference = $3) as claimed,
            (select public_key from client_keys where subscriber_id = $1 and name = $4) as public_key`,
    [subscriberId, partnerReference, uniqueReference, voucher?.keyName ?? null],
  );
  const { claimed = false, public_key: publicKey = null } = rows[0] ?? {};
  if (claimed) return;
  const whose = `payment ${uniqueReference} of ${subscriberId}`;
  if (voucher === undefined) {
    const starter = await starterOf();
    if (starter !== undefined && (await mayBlock(db, starter, subscriberId))) return;
    throw new NotVouchedFor(`${whose} was blocked neither by the API nor by a client that signs`);
  }
  if (publicKey === null)
    throw new NotVouchedFor(`${whose} is signed by ${voucher.keyName}, which is no key of ${subscriberId}`);
  const isSigned = verify(
    null,
    Buffer.from(signedText(payment)),
    publicKey,
    Buffer.from(voucher.signature, 'base64'),
  );
  if (!isSigned) throw new NotVouchedFor(`${whose} is not what the key ${voucher.keyName} has signed`);
}

async function mayBlock(db: Queryable, userId: string, subscriberId: string): Promise<boolean> {
  const found = await accountByUser(db, userId);
  const { account } = found ?? {};
  return (
    account?.subscriberId === subscriberId &&
    account.status === 'active' &&
    account.scopes.includes('payment.block')
  );
}
