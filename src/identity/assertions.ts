import { createHash, hkdfSync } from 'node:crypto';
import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import { canonicalText } from '../domain/canonical.ts';
import { actorNamed, doors, recordedActor, waysKnown } from '../domain/people.ts';
import type { AssertedMessage, Sender, Vouch } from '../domain/sender.ts';

const ALGORITHM = 'HS256';
const ISSUER = 'payment-block';
/** A message may wait for workers that are down; it can be sent once all the same. */
const LIFETIME_SECONDS = 600;

const claims = z.object({
  sub: z.string(),
  kind: z.enum(['user', 'part']),
  by: z.enum(waysKnown).exactOptional(),
  door: z.enum(doors).exactOptional(),
  message: z.string(),
  content: z.string(),
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
    async vouch(sender, { workflowId, name, updateId = '', content }) {
      const { name: subject, kind, known } = recordedActor(sender);
      return new SignJWT({ kind, by: known?.by, door: known?.door, message: name, content: digest(content) })
        .setProtectedHeader({ alg: ALGORITHM })
        .setIssuer(ISSUER)
        .setAudience(workflowId)
        .setJti(updateId)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime(`${LIFETIME_SECONDS}s`)
        .sign(key);
    },
    async read(assertion, { workflowId, name, updateId = '', content }) {
      try {
        const { payload } = await jwtVerify(assertion, key, {
          issuer: ISSUER,
          audience: workflowId,
          algorithms: [ALGORITHM],
          requiredClaims: ['exp'],
        });
        const { message, content: sent, ...sender } = claims.parse(payload);
        const isThis = message === name && payload.jti === updateId && sent === digest(content);
        return isThis ? senderOf(sender) : { problem: OF_ANOTHER };
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

type Asserted = Pick<z.infer<typeof claims>, 'sub' | 'kind' | 'by' | 'door'>;

function senderOf({ sub: name, kind, by, door }: Asserted): Sender {
  if (kind === 'user') return by && door ? { name, known: { by, door } } : { problem: OF_ANOTHER };
  const part = actorNamed(name);
  return typeof part === 'object' && 'part' in part ? part : { problem: OF_ANOTHER };
}

function digest(content: unknown): string {
  return createHash('sha256').update(canonicalText(content)).digest('base64url');
}
