import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Scope } from '../../store/accounts/accounts.ts';
import type { Authenticator, Caller } from '../http/authentication.ts';
import { NotAuthenticated, ScopeMissing } from '../../failures/access.ts';

const COOKIE = 'payment_block_token';

/** Who has signed in, by the token in the cookie. @throws NotAuthenticated, ScopeMissing */
export async function signedIn(request: FastifyRequest, authenticator: Authenticator): Promise<Caller> {
  const token = request.cookies[COOKIE];
  if (token === undefined) throw new NotAuthenticated('none');
  const caller = await authenticator.byToken(token, 'reviews');
  mayRead([...caller.scopes]);
  return caller;
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

export function forgetToken(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(COOKIE, attributesFor(request));
}

function attributesFor(request: FastifyRequest) {
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
