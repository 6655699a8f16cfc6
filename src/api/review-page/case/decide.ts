import { MessageRefused } from '../../../client/index.ts';
import type { PaymentRef } from '../../../domain/ids.ts';
import type { OperatorMessageKind } from '../../../domain/messages/define.ts';
import { operatorMessages } from '../../../domain/messages/operator-messages.ts';
import type { MessageAnswer } from '../../../domain/proposals.ts';
import { roleMissingFor } from '../../../domain/roles.ts';
import { needsReason } from '../../../reviews/offers.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { needsStepUp } from '../../deps/step-up.ts';
import type { Visitor } from '../page/session.ts';

/** Where a payment stands, in words. */
export const HEADLINES = {
  blocked: 'Blocked: the rules are being asked',
  held: 'Held for a decision',
  refunding: 'Refund under way',
  released: 'Released to the merchant',
  refunded: 'Refunded to the payment option',
  refundFailed: 'The refund needs a person',
} as const;

/** A decision that was not taken, and why. */
export interface NotTaken {
  readonly status: 400 | 403 | 409;
  readonly text: string;
  /** The person has to prove anew who they are before. */
  readonly needsStepUp?: true;
}

/** What became of a decision: where the payment then is, or why it was not taken. */
export type Decided = { readonly answer: MessageAnswer } | { readonly refused: NotTaken };

/** A form's fields, as they were typed. */
export type Typed = Readonly<Record<string, string>>;

/** Why a visitor may not do something at the desk, if they may not. */
export function notAllowed(act: string, { roles }: Visitor): NotTaken | undefined {
  if (!roles)
    return { status: 403, text: 'A service account only reads here: sign in as yourself to decide.' };
  const needed = roleMissingFor(act, roles);
  return (
    needed && { status: 403, text: `This needs the role ${needed.join(' or ')}, which you do not have.` }
  );
}

/** Sends a decision about a payment in the name of the person who is signed in: the same Update as the Temporal UI's. */
export async function decide(
  deps: RouteDeps,
  visitor: Visitor,
  ref: PaymentRef,
  name: string,
  typed: Typed,
): Promise<Decided> {
  const denied = notAllowed(name, visitor);
  if (denied) return { refused: denied };
  const message = operatorMessages.find((each) => each.name === name);
  const reason = typed['reason'] ?? '';
  if (!message) return notTaken(400, `there is no message ${name}`);
  if (needsReason(name) && reason.trim() === '')
    return notTaken(400, 'Say why: the reason is part of the decision.');
  const input = { ...inputOf(message, typed), operator: visitor.userId, known: visitor.known, reason };
  const problem = message.problem(input, Date.now());
  if (problem !== undefined) return notTaken(400, `${problem}.`);
  if (await needsStepUp(deps, visitor, ref, name))
    return { refused: { status: 403, text: STEP_UP, needsStepUp: true } };
  const { client, lifecycleCalls } = deps;
  try {
    return { answer: await lifecycleCalls.run(() => client.send(ref, name, input)) };
  } catch (error) {
    if (error instanceof MessageRefused) return notTaken(409, error.message);
    throw error;
  }
}

const STEP_UP = 'it takes a fresh proof of who you are, at most five minutes old: its own page leads to it.';

function notTaken(status: NotTaken['status'], text: string): Decided {
  return { refused: { status, text } };
}

/** The message's own fields, as they were typed. */
function inputOf(message: OperatorMessageKind, typed: Typed) {
  const given = message.fields.flatMap(({ name, kind }) => {
    const text = typed[name];
    // An empty name means that no one looks after it any more; an empty number was not given.
    if (text === undefined || (text === '' && kind === 'number')) return [];
    return [[name, kind === 'number' ? Number(text.replace(',', '.')) : text] as const];
  });
  return Object.fromEntries(given);
}
