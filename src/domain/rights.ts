import { isSamePerson } from './people.ts';
import type { SignedMessage } from './commands.ts';
import { doersOf, type Role, roles } from './roles.ts';
import type { Scope } from './scopes.ts';
import { isLongerThan } from './text.ts';

/** What a person may do: a scope of the API, or what only the command line does. */
export type Right = Scope | 'settings.write' | 'access.write';

/**
 * The roles that have a right, least first; an administrator has all of them. What only payment services do is no
 * person's: a person decides by an operator's message, which takes a second one where two must agree.
 */
const HOLDERS: Readonly<Record<Right, readonly Role[]>> = {
  'payment.read': roles,
  'payment.customer.read': roles,
  'rules.read': roles,
  'lists.read': roles,
  'notifications.read': roles,
  'reviews.read': roles,
  'ledger.read': roles,
  'tasks.read': roles,
  'changes.read': roles,
  // For those who may send one message; which ones: see doersOf.
  'payment.messages': doersOf('note'),
  'payment.customer.block': doersOf('blockCustomer'),
  'payment.customer.unblock': doersOf('unblockCustomer'),
  'payment.chargebacks': ['approver', 'administrator'],
  'tasks.close': doersOf('closeTask'),
  'lists.write': ['riskAnalyst', 'administrator'],
  'rules.write': ['riskAnalyst', 'administrator'],
  'rules.activate': ['riskAnalyst', 'administrator'],
  // For those who may make one of them alone; which ones: see rightToMake.
  'changes.confirm': ['riskAnalyst', 'administrator'],
  'notifications.write': ['administrator'],
  'settings.write': ['administrator'],
  'access.write': ['administrator'],
  'payment.block': [],
  'payment.unblock': [],
  'payment.rules.payisland': [],
};

/** The roles that have a right, least first; none where it is for payment services alone. */
export function rolesWith(right: Right): readonly Role[] {
  return HOLDERS[right];
}

/** What a person with these roles may do. */
export function rightsOf(held: ReadonlySet<Role>): ReadonlySet<string> {
  const rights = Object.entries(HOLDERS).filter(([, holders]) => holders.some((role) => held.has(role)));
  return new Set(rights.map(([right]) => right));
}

/** Where a person is signed in, what is signed by whom. */
export interface Signing {
  /** Whom the caller names; left out, the person themselves. */
  readonly operator?: string | undefined;
  readonly reason: string;
}

const LONGEST_REASON = 500;

/**
 * What a person who is signed in signs: with their own name, whomever they name. An administrator may act for another,
 * which the reason then says: four eyes count the one who acts.
 * @returns the signature, or why there is none
 */
export function signatureBy(
  person: { readonly name: string; readonly roles: ReadonlySet<Role> },
  { operator = '', reason }: Signing,
): SignedMessage | { readonly problem: string } {
  const { name } = person;
  if (operator === '' || isSamePerson(operator, name)) return { operator: name, reason };
  if (!person.roles.has('administrator'))
    return { problem: `you are signed in as ${name}, and only an administrator acts for ${operator}` };
  const acted = reason === '' ? `for ${operator}` : `for ${operator}: ${reason}`;
  if (isLongerThan(acted, LONGEST_REASON))
    return { problem: `the reason is too long: "for ${operator}" has to go before it` };
  return { operator: name, reason: acted };
}
