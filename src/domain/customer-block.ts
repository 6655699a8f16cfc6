import { CARD_NUMBER, holdsCardNumber } from './card.ts';
import type { CustomerRef } from './ids.ts';
import { readMoment } from './moment.ts';
import { problemOfName, systemParts } from './people.ts';
import { canBeStored, isLongerThan } from './text.ts';

/** What a customer's block says; the body of block-customer, and when it ends by itself. */
export interface BlockCustomerRequest {
  readonly invoiceGUID?: string;
  readonly ccLastFour?: string;
  readonly ccType?: string;
  readonly cardHolder?: string;
  readonly onlinePayment: boolean;
  readonly sendBlockNotification: boolean;
  readonly threeDSAuthentication: boolean;
  /** ISO 8601, UTC; without it the block stays until an operator unblocks. */
  readonly expiresAt?: string;
  /** Who blocks, and why where that is said: recorded in the audit. */
  readonly actor: string;
  readonly reason?: string;
}

/** What became of a customer's block or unblock. */
export interface CustomerBlockView extends CustomerRef {
  readonly customerBlocked: boolean;
  readonly expiresAt?: string;
  /** Of an unblock: whether there was a block to end. */
  readonly wasBlocked?: boolean;
}

/**
 * Why a block cannot be stored, if it cannot: the lengths are those of the documents (contract.md, "field rules").
 * @param request as it was sent
 */
export function problemOfBlock(request: unknown): string | undefined {
  if (typeof request !== 'object' || request === null) return 'a block is one JSON object';
  const fields = new Map(Object.entries(request));
  for (const name of ['onlinePayment', 'sendBlockNotification', 'threeDSAuthentication']) {
    if (typeof fields.get(name) !== 'boolean') return `${name} must be true or false`;
  }
  for (const [name, most] of Object.entries(LONGEST)) {
    const value: unknown = fields.get(name);
    const problem = value === undefined ? undefined : problemOfText(value, most);
    if (problem !== undefined) return `${name} ${problem}`;
  }
  const { actor, expiresAt } = Object.fromEntries(fields);
  if (typeof expiresAt === 'string' && readMoment(expiresAt) === undefined)
    return 'expiresAt is not a time (2026-01-31T12:00:00Z)';
  if (typeof actor !== 'string') return 'actor is missing: who blocks?';
  const problem = systemParts.some((part) => part === actor) ? undefined : problemOfName(actor);
  return problem === undefined ? undefined : `actor ${problem}`;
}

const LONGEST = {
  invoiceGUID: 64,
  ccLastFour: 16,
  ccType: 32,
  cardHolder: 255,
  expiresAt: 64,
  actor: 255,
  reason: 500,
};

function problemOfText(value: unknown, most: number): string | undefined {
  if (typeof value !== 'string') return 'must be a text';
  if (isLongerThan(value, most)) return `is longer than ${most} characters`;
  if (!canBeStored(value)) return 'holds a character that cannot be stored';
  return holdsCardNumber(value) ? CARD_NUMBER : undefined;
}
