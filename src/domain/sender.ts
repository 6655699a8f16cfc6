import type { Actor, KnownActor } from './people.ts';

/** How the name in an operator's message counts: as it is typed, or only where it is proven who has sent it. */
export const operatorIdentities = ['typed', 'principal'] as const;

export type OperatorIdentity = (typeof operatorIdentities)[number];

/** A message to a run, as what proves its sender is bound to it. */
export interface SentMessage {
  /** Its wire name. */
  readonly name: string;
  /** What came with it, as it was sent. */
  readonly content: unknown;
  /** Which Update it is, or the how manyth Signal of its name in this run, from 1. */
  readonly as: { readonly updateId: string } | { readonly signal: number };
}

/** The message as an assertion is bound to it: nothing else can be sent with it, to another run or again. */
export interface AssertedMessage {
  readonly workflowId: string;
  readonly name: string;
  /** Left out for a Signal, which has no id. */
  readonly updateId?: string;
  /** Without the assertion. */
  readonly content: unknown;
}

/** Vouches for who sends a message: a door of ours that has signed them in. @returns an assertion, to be sent along */
export type Vouch = (sender: KnownActor | Part, message: AssertedMessage) => Promise<string>;

type Part = Extract<Actor, { readonly part: unknown }>;

/** Who has sent a message; or why that is not known, and what to do, to be read by who has sent it. */
export type Sender = KnownActor | Part | { readonly problem: string };

/** The type of the failure of a step whose sender is not known, or may not ask for it. */
export const SENDER_REFUSED = 'SenderRefused';

/** Why an Update that brings no assertion cannot count, where only a proven sender does. */
export const UNPROVEN_UPDATE =
  'an Update does not show who sends it: send it as a Signal, which bears your sign-in, or decide at the desk';

/** Whether a message brings an assertion of who has sent it. */
export function isAsserted(content: unknown): boolean {
  return withoutAssertion(content).assertion !== undefined;
}

/** The assertion that came with a message, and the message without it. */
export function withoutAssertion(content: unknown): {
  readonly assertion?: string;
  readonly content: unknown;
} {
  if (typeof content !== 'object' || content === null || !('assertion' in content)) return { content };
  const { assertion, ...rest } = content;
  return typeof assertion === 'string' ? { assertion, content: rest } : { content: rest };
}
