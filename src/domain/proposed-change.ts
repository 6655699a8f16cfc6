import type { Known } from './people.ts';
import type { Right } from './rights.ts';

/**
 * What may be set to take two people.
 *
 * lists        entries of the lists: a block declines or refunds, and an allow takes a block away
 * settings     review and notifications
 * rules        which rule set decides
 * credentials  what lets a caller in, or sends events out: service accounts, clients' keys, people
 *              who were removed, webhooks
 */
export const fourEyesAreas = ['lists', 'settings', 'rules', 'credentials'] as const;

export type FourEyesArea = (typeof fourEyesAreas)[number];

/** Every change that may take two people. */
export const changeKinds = [
  'putSettings',
  'addListEntry',
  'importListEntries',
  'removeListEntry',
  'addAccount',
  'unlockAccount',
  'addClientKey',
  'restorePerson',
  'addWebhook',
  'rotateWebhookSecret',
  'enableWebhook',
] as const;

export type ChangeKindName = (typeof changeKinds)[number];

/** What a person needs who makes, confirms or rejects such a change. */
export const rightToMake: { readonly [K in ChangeKindName]: Right } = {
  putSettings: 'settings.write',
  addListEntry: 'lists.write',
  importListEntries: 'lists.write',
  removeListEntry: 'lists.write',
  addAccount: 'access.write',
  unlockAccount: 'access.write',
  addClientKey: 'access.write',
  restorePerson: 'access.write',
  addWebhook: 'notifications.write',
  rotateWebhookSecret: 'notifications.write',
  enableWebhook: 'notifications.write',
};

/** open: another person may confirm it. Expired: nobody has, within seven days. */
export const changeStates = ['open', 'confirmed', 'rejected', 'expired'] as const;

export type ChangeState = (typeof changeStates)[number];

/** A change that one person has proposed. Nothing of it is in force before another one confirms it. */
export interface ProposedChange {
  readonly changeId: number;
  readonly subscriberId: string;
  readonly kind: ChangeKindName;
  /** What it changes, as the audit names it. */
  readonly subject: string;
  /** For people: what changes. */
  readonly summary: string;
  /** Stands for all of it: who confirms it says what was read. */
  readonly hash: string;
  readonly proposedBy: string;
  /** How it is known who that is; null of a mere name. */
  readonly proposedKnown: Known | null;
  readonly reason: string;
  readonly proposedAt: Date;
  readonly expiresAt: Date;
  readonly state: ChangeState;
  readonly decidedBy: string | null;
  readonly decidedAt: Date | null;
  readonly decisionReason: string | null;
}

/** The same with all that a second person has to know. */
export interface ChangeInFull extends ProposedChange {
  /** What is carried out, by the kind's schema; without secrets. */
  readonly content: unknown;
  /** What it changes, as it was when it was proposed. */
  readonly before: unknown;
}

/** What was asked for: done, or only proposed, as it takes two. */
export type Made<R> = { readonly done: R } | { readonly proposed: ProposedChange };
