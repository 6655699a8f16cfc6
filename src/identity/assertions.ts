import { createHash, hkdfSync } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { canonicalText } from '../domain/canonical.ts';
import { actorNamed, doors, recordedActor, waysKnown } from '../domain/people.ts';
import type { AssertedMessage, Sender, Vouch } from '../domain/sender.ts';

const ALGORITHM = 'HS256';
/** A message may wait for workers that are down; it can be sent once all the same. */
const LIFETIME_SECONDS = 600;

/** Few and short: an assertion stays in the run's history. */
const claims = z.object({
  sub: z.string(),
  /** Left out for a part of this system. */
  by: z.enum(waysKnown).exactOptional(),
  door: z.enum(doors).exactOptional(),
  /** What it is good for: {@link digest} of the message. */
  for: z.string(),
});

/** Who sends a message, asserted by the door that has signed them in, and read by the worker. */
export interface Assertions {
  readonly vouch: Vouch;
  /** Who has sent the message, or why its assertion does not hold. */
  readonly read: (assertion: string, message: AssertedMessage) => Promise<Sender>;
}

/** Assertions under a key that is derived from `SECRETS_KEY`, which the API and the workers share. */
export function createAssertions(secretsKey: string): Assertions {
  const key = new Uint8Array(hkdfSync('sha256', secretsKey, '', 'payment-block assertions', 32));
  return {
    async vouch(sender, message) {
      const { name, known } = recordedActor(sender);
      return new SignJWT({ by: known?.by, door: known?.door, for: digest(message) })
        .setProtectedHeader({ alg: ALGORITHM })
        .setSubject(name)
        .setExpirationTime(`${LIFETIME_SECONDS}s`)
        .sign(key);
    },
    async read(assertion, message) {
      try {
        const { payload } = await jwtVerify(assertion, key, {
          algorithms: [ALGORITHM],
          requiredClaims: ['exp'],
        });
        const { for: bound, ...sender } = claims.parse(payload);
        return bound === digest(message) ? senderOf(sender) : { problem: OF_ANOTHER };
      } catch (error) {
        if (error instanceof errors.JWTExpired) return { problem: EXPIRED };
        if (error instanceof errors.JOSEError || error instanceof z.ZodError) return { problem: OF_ANOTHER };
        throw error;
      }
    },
  };
}

const EXPIRED = 'the proof of who has sent it has expired: send it again';
const OF_ANOTHER = 'the proof of who has sent it is not for this message: send it at the desk or by the API';

function senderOf({ sub: name, by, door }: Omit<z.infer<typeof claims>, 'for'>): Sender {
  if (by && door) return { name, known: { by, door } };
  const part = actorNamed(name);
  return typeof part === 'object' && 'part' in part ? part : { problem: OF_ANOTHER };
}

/** Stands for the run, the message, its content and the Update: with another one of them it is another. */
function digest({ workflowId, name, updateId = '', content }: AssertedMessage): string {
  const text = canonicalText([workflowId, name, updateId, content]);
  return createHash('sha256').update(text).digest('base64url');
}
