import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Scope } from '../../../domain/scopes.ts';
import {
  personOfSession,
  type SignedInPerson,
  signOut as endSessions,
  switchSession,
} from '../../../store/accounts/sessions.ts';
import { inTransaction } from '../../../store/db/postgres.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { type Caller, callerFor } from '../../http/authentication.ts';
import { NotAuthenticated, ScopeMissing } from '../../../failures/access.ts';

const COOKIE = 'payment_block_token';
/** Of a person, whose session the record has. */
const PERSON_COOKIE = 'payment_block_session';

/** Who looks at the pages. A service account only reads; a person decides what their roles allow. */
export interface Visitor extends Caller {
  /** Undefined for a service account. */
  readonly person?: SignedInPerson;
}

/** The subscribers whose desks a visitor can work at. */
export function desksOf({ person, subscriberId }: Visitor): readonly string[] {
  if (!person) return [subscriberId];
  return [...new Set(person.memberships.map((membership) => membership.subscriberId))].toSorted();
}

/** A form of the desk of one subscriber, sent by a person who is at another's by now. */
export class OtherDesk extends Error {
  override readonly name = 'OtherDesk';
}

const ofDesk = z.object({ desk: z.string().exactOptional() }).catch({});

/**
 * Who has signed in, by the cookie: the request's caller from then on.
 * @throws NotAuthenticated, ScopeMissing, OtherDesk
 */
export async function signedIn(request: FastifyRequest, deps: RouteDeps): Promise<Visitor> {
  const visitor = await visitorOf(request, deps);
  const { desk = visitor.subscriberId } = ofDesk.parse(request.body);
  // Two subscribers may have a payment of the same name.
  if (desk !== visitor.subscriberId)
    throw new OtherDesk(
      `The form is of the desk of ${desk}, and you are at that of ${visitor.subscriberId} now: nothing was done. Switch back, and send it again.`,
    );
  request.caller = visitor;
  return visitor;
}

async function visitorOf(request: FastifyRequest, { authenticator, pool }: RouteDeps): Promise<Visitor> {
  const secret = sessionOf(request);
  const person = secret === undefined ? undefined : await personOfSession(pool, secret);
  if (person) return { ...callerFor(person, 'desk'), person };
  const token = request.cookies[COOKIE];
  if (token === undefined) throw new NotAuthenticated(secret === undefined ? 'none' : 'wrong');
  const caller = await authenticator.byToken(token, 'reviews');
  mayRead([...caller.scopes]);
  return caller;
}

/** The secret of the person's session, be it on or not. */
export function sessionOf({ cookies }: FastifyRequest): string | undefined {
  return cookies[PERSON_COOKIE];
}

/** A link in a mail is to find a person signed in, which a strict cookie would prevent: forms are checked by themselves. */
export function keepSession(
  request: FastifyRequest,
  reply: FastifyReply,
  { secret, expiresAt }: { readonly secret: string; readonly expiresAt: Date },
): void {
  reply.setCookie(PERSON_COOKIE, secret, {
    ...attributesFor(request),
    sameSite: 'lax',
    expires: expiresAt,
  });
}

/** Signs a service account or a person out; a person's session ends on record. */
export async function signOut(
  request: FastifyRequest,
  reply: FastifyReply,
  { pool }: RouteDeps,
): Promise<void> {
  const secret = sessionOf(request);
  if (secret !== undefined) {
    await inTransaction(pool, (db) => endSessions(db, secret));
    reply.clearCookie(PERSON_COOKIE, attributesFor(request));
  }
  reply.clearCookie(COOKIE, attributesFor(request));
}

/** Takes a person's session on to the desk of another subscriber. @returns false where they have no role there */
export async function switchDesk(
  request: FastifyRequest,
  { pool }: RouteDeps,
  subscriberId: string,
): Promise<boolean> {
  const secret = request.cookies[PERSON_COOKIE];
  return secret !== undefined && inTransaction(pool, (db) => switchSession(db, secret, subscriberId));
}

/** @throws ScopeMissing where the queue is not for who has these scopes */
export function mayRead(scopes: readonly string[]): void {
  const needed: Scope = 'reviews.read';
  if (!scopes.includes(needed)) throw new ScopeMissing(needed);
}

/** Keeps the token where no script and no other site gets at it, and only as long as it is good. */
export function keepToken(
  request: FastifyRequest,
  reply: FastifyReply,
  { token, validUntil }: { readonly token: string; readonly validUntil: Date },
): void {
  reply.setCookie(COOKIE, token, { ...attributesFor(request), expires: validUntil });
}

export function attributesFor(request: FastifyRequest) {
  return { path: '/reviews', httpOnly: true, sameSite: 'strict', secure: isSecure(request) } as const;
}

/** A proxy in front says so by a header; who lies in it only keeps the browser from sending a cookie back. */
function isSecure({ protocol, headers }: FastifyRequest): boolean {
  return protocol === 'https' || headers['x-forwarded-proto'] === 'https';
}

/** Whether a form was sent by this site's own page: another site must not sign anybody in or out. */
export function isOwnForm({ headers }: FastifyRequest): boolean {
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}
