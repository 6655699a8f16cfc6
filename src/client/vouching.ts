import { type Actor, actorNamed, type Known } from '../domain/people.ts';
import type { AssertedMessage, Vouch } from '../domain/sender.ts';
import type { SigningKey } from './sign-payment.ts';

/** What a client may vouch for: the payments that it blocks, and who sends a message. */
export interface Vouching {
  readonly signingKey?: SigningKey;
  readonly vouch?: Vouch;
}

/** Who sends a message: where it is not known how, it is the name alone, or a part of this system. */
export function senderOf(name: string, known: Known | undefined): Actor {
  return known ? { name, known } : actorNamed(name);
}

/** The assertion that goes with a message, where the client vouches for senders and knows who this one is. */
export async function asserted(
  { vouch }: Vouching,
  message: AssertedMessage,
  sender: Actor,
): Promise<{ assertion?: string }> {
  return vouch && typeof sender === 'object' ? { assertion: await vouch(sender, message) } : {};
}
