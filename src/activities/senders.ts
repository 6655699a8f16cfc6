import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import type pg from 'pg';
import { typedOperator } from '../domain/messages/message.ts';
import { type Actor, isSamePerson, type KnownActor } from '../domain/people.ts';
import { roleMissingFor, rolesFor } from '../domain/roles.ts';
import {
  isAsserted,
  SENDER_REFUSED,
  type Sender,
  type SentMessage,
  UNPROVEN_UPDATE,
  withoutAssertion,
} from '../domain/sender.ts';
import { personBySubject } from '../store/accounts/people.ts';
import type { ActivityDeps } from './deps.ts';
import { givingUp } from './give-up.ts';
import { principalsOfSignals } from './principals.ts';

export type SenderActivities = ReturnType<typeof createSenderActivities>;

/** Messages of one run, whose senders are asked for. */
export interface AskedSenders {
  readonly subscriberId: string;
  readonly messages: readonly SentMessage[];
}

/** Who has sent a message to a run: what a run cannot find out by itself. */
export function createSenderActivities(deps: SenderDeps) {
  return {
    /** Who has sent these messages to the run that asks, in their order. */
    async whoSent({ subscriberId, messages }: AskedSenders): Promise<readonly Sender[]> {
      return givingUp(() => sendersOf(deps, subscriberId, messages, ({ name }) => name));
    },
  };
}

type SenderDeps = Pick<ActivityDeps, 'pool' | 'assertions' | 'reviewPolicy'>;

/**
 * Who has sent messages to the run that this activity is of: who their assertion names, or, of a Signal, the person whose
 * principal Temporal has stamped its event with (`OPERATOR_IDENTITY=principal`).
 * @param actOf what a person needs the role for
 */
export async function sendersOf(
  { pool, assertions, reviewPolicy }: SenderDeps,
  subscriberId: string,
  messages: readonly SentMessage[],
  actOf: (message: SentMessage) => string,
): Promise<readonly Sender[]> {
  const { workflowExecution: run } = Context.current().info;
  const workflowId = run?.workflowId ?? '';
  const byPrincipal = messages.some(({ as, content }) => 'signal' in as && !isAsserted(content));
  const principals =
    byPrincipal && reviewPolicy.operatorIdentity === 'principal' ? await principalsOfSignals() : undefined;
  return Promise.all(
    messages.map(async (message): Promise<Sender> => {
      const { name, as } = message;
      const { assertion, content } = withoutAssertion(message.content);
      if (assertion !== undefined) {
        const sender = await assertions.read(assertion, { workflowId, name, ...updateOf(as), content });
        // A Signal can be sent again by who has read it: only this system's own may be.
        return 'signal' in as && !('part' in sender) ? { problem: NOT_BY_SIGNAL } : sender;
      }
      if ('updateId' in as) return { problem: UNPROVEN_UPDATE };
      const principal = principals?.(name, as.signal);
      if (principal === undefined) return { problem: NO_PRINCIPAL };
      return personOf(pool, subscriberId, principal, { act: actOf(message), typed: typedOperator(content) });
    }),
  );
}

/**
 * Who is proven to have sent a message to a customer's run; undefined where its name counts as it is typed.
 * @throws ApplicationFailure (SENDER_REFUSED) where that is not proven, or the sender may not ask for it
 */
export async function provenSender(
  deps: SenderDeps,
  subscriberId: string,
  sent: SentMessage,
  act: string,
): Promise<Actor | undefined> {
  if (deps.reviewPolicy.operatorIdentity !== 'principal' && !isAsserted(sent.content)) return undefined;
  const [sender] = await sendersOf(deps, subscriberId, [sent], () => act);
  if (!sender || 'problem' in sender)
    throw ApplicationFailure.nonRetryable(sender?.problem ?? NO_PRINCIPAL, SENDER_REFUSED);
  return sender;
}

/** The person that a principal stands for, where they may do this for the subscriber. */
async function personOf(
  pool: pg.Pool,
  subscriberId: string,
  principal: string,
  { act, typed = '' }: { readonly act: string; readonly typed: string | undefined },
): Promise<KnownActor | { readonly problem: string }> {
  const person = await personBySubject(pool, principal);
  if (!person)
    return {
      problem: `${principal}, who has sent it by Temporal, is no person here: sign in at the desk once`,
    };
  const needed = roleMissingFor(act, new Set(rolesFor(subscriberId, person.memberships)));
  if (needed) return { problem: `${person.name} needs the role ${needed.join(' or ')} for ${subscriberId}` };
  const { name } = person;
  const typedAs = typed === '' || isSamePerson(typed, name) ? {} : { typedAs: typed };
  return { name, known: { by: 'principal', door: 'temporal', ...typedAs } };
}

function updateOf(as: SentMessage['as']) {
  return 'updateId' in as ? { updateId: as.updateId } : {};
}

const NO_PRINCIPAL =
  'Temporal does not say who has sent it: its frontend needs an authorizer and enablePrincipalPropagation. Decide at the desk';
const NOT_BY_SIGNAL = 'an assertion of a person comes with an Update and with no Signal';
