/** What a person may be for a service subscriber. Everybody with a role may read. */
export const roles = ['viewer', 'operator', 'approver', 'riskAnalyst', 'administrator'] as const;

export type Role = (typeof roles)[number];

/** What a person may do beside sending an operator's message. */
export type DeskAct = 'closeTask' | 'blockCustomer' | 'unblockCustomer';

/** The roles that may send an operator's message, or do such an act; an administrator may do all. */
const DOERS: Readonly<Record<DeskAct, readonly Role[]>> & Readonly<Record<string, readonly Role[]>> = {
  unblock: ['operator', 'approver'],
  confirmUnblock: ['approver'],
  hold: ['operator', 'approver'],
  extendReview: ['operator', 'approver'],
  pauseReview: ['operator', 'approver'],
  resumeReview: ['operator', 'approver'],
  assign: ['operator', 'approver'],
  bookElsewhere: ['approver'],
  note: ['operator', 'approver', 'riskAnalyst'],
  retryRefund: ['approver'],
  markRefundPaid: ['approver'],
  giveUpRefund: ['approver'],
  closeTask: ['operator', 'approver'],
  blockCustomer: ['operator', 'approver', 'riskAnalyst'],
  unblockCustomer: ['operator', 'approver'],
};

/** The roles that may send a message or do an act, least first. */
export function doersOf(act: string): readonly Role[] {
  return [...(DOERS[act] ?? []), 'administrator'];
}

/** The roles of which one is needed for a message or an act, least first; undefined where the person has one of them. */
export function roleMissingFor(act: string, held: ReadonlySet<Role>): readonly Role[] | undefined {
  const doers = doersOf(act);
  return doers.some((role) => held.has(role)) ? undefined : doers;
}

/** What a person is, for which subscriber. */
export interface Membership {
  readonly subscriberId: string;
  readonly role: Role;
}

/** What these memberships make of a person for one subscriber: no role where they have nothing to do with it. */
export function rolesFor(subscriberId: string, memberships: readonly Membership[]): readonly Role[] {
  const mine = memberships.filter((membership) => membership.subscriberId === subscriberId);
  return [...new Set(mine.map(({ role }) => role))];
}

const PREFIX = 'payment-block:';

/**
 * The membership that a log-in provider's group stands for: "payment-block:shop:approver" is an approver of the
 * subscriber "shop". Undefined for a group that is about something else.
 */
export function membershipOf(group: string): Membership | undefined {
  if (!group.startsWith(PREFIX)) return undefined;
  const [, subscriberId, name] = /^([^:\s]{1,64}):(\w+)$/.exec(group.slice(PREFIX.length)) ?? [];
  const role = roles.find((each) => each === name);
  return subscriberId === undefined || role === undefined ? undefined : { subscriberId, role };
}
