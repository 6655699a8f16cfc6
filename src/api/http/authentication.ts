import { createHash } from 'node:crypto';
import type { FastifyRequest, onRequestAsyncHookHandler } from 'fastify';
import type pg from 'pg';
import type { SignedMessage } from '../../domain/commands.ts';
import type { Door, Known, KnownActor } from '../../domain/people.ts';
import { rightsOf, rolesWith, type Signing, signatureBy } from '../../domain/rights.ts';
import type { Role } from '../../domain/roles.ts';
import type { Scope } from '../../domain/scopes.ts';
import { accountByUser, type ServiceAccount } from '../../store/accounts/accounts.ts';
import {
  type Authentication,
  isSessionSecret,
  personOfSession,
  type SignedInPerson,
} from '../../store/accounts/sessions.ts';
import { NotAuthenticated, NotYourName, ScopeMissing } from '../../failures/access.ts';
import { InvalidRequest } from '../../wire/invalid-request.ts';
import { PasswordCheck } from './passwords.ts';
import type { Audience, SignedInAccount, Tokens } from './tokens.ts';

/** Who calls, for which service subscriber, and what they may do. */
export interface Caller {
  readonly userId: string;
  readonly subscriberId: string;
  readonly scopes: ReadonlySet<string>;
  readonly known: Known;
  /** What a person is who is signed in; undefined for a service account. */
  readonly roles?: ReadonlySet<Role>;
  /** How, and when, a person has last proven who they are. */
  readonly authenticated?: Authentication;
}

/** The caller as who acts. */
export function actorOf({ userId: name, known }: Caller): KnownActor {
  return { name, known };
}

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller | undefined;
  }
  interface FastifyContextConfig {
    /** What the caller needs; a route without it is open to everybody. */
    scope?: Scope;
  }
}

/** Finds out who calls. The account is read every time, so that locking it, or taking a scope away, acts at once. */
export class Authenticator {
  private readonly pool: pg.Pool;
  private readonly tokens: Tokens;
  private readonly passwords = new PasswordCheck();

  constructor(pool: pg.Pool, tokens: Tokens) {
    this.pool = pool;
    this.tokens = tokens;
  }

  /**
   * @param address where the call comes from
   * @throws NotAuthenticated, TooManyAttempts; takes as long for an unknown user as for a wrong password
   */
  async byPassword(userId: string, password: string, address: string): Promise<SignedInAccount> {
    const known = userId.includes('\0') ? undefined : await accountByUser(this.pool, userId);
    const hash = known?.passwordHash ?? NOBODYS_HASH;
    const matches = await this.passwords.matches({ userId, address }, password, hash);
    if (!known || !matches) throw new NotAuthenticated('wrong');
    return { ...mustBeActive(known.account), passwordMark: markOf(hash) };
  }

  /** The caller of a token, which is a service account's, or a session's of a person. @throws NotAuthenticated */
  async byBearer(token: string): Promise<Caller> {
    if (!isSessionSecret(token)) return this.byToken(token, 'api');
    const person = await personOfSession(this.pool, token);
    if (!person) throw new NotAuthenticated('ended');
    return callerFor(person, person.door === 'cli' ? 'cli' : 'api');
  }

  /** @throws NotAuthenticated */
  async byToken(token: string, audience: Audience): Promise<Caller> {
    const claims = await this.tokens.read(token, audience);
    const found = await accountByUser(this.pool, claims.userId);
    if (
      found?.account.subscriberId !== claims.subscriberId ||
      markOf(found.passwordHash) !== claims.passwordMark
    )
      throw new NotAuthenticated('wrong');
    const { userId, subscriberId, scopes } = mustBeActive(found.account);
    const known = { by: 'service', door: audience === 'reviews' ? 'desk' : 'api' } as const;
    return {
      userId,
      subscriberId,
      scopes: new Set(scopes.filter((scope) => claims.scopes.has(scope))),
      known,
    };
  }
}

/** A person as a caller, by the door they come: they may do what their roles allow. */
export function callerFor(person: SignedInPerson, door: Door): Caller {
  const { name: userId, subscriberId, authenticated } = person;
  const roles = new Set(person.roles);
  const known = { by: 'signedIn', door } as const;
  return {
    userId,
    subscriberId,
    roles,
    scopes: rightsOf(roles),
    known,
    ...(authenticated && { authenticated }),
  };
}

/** A token is good only as long as the password that it was issued for. */
function markOf(passwordHash: string): string {
  return createHash('sha256').update(passwordHash).digest('base64url').slice(0, 16);
}

/** A hash that no password has, to compare with where there is no user. */
const NOBODYS_HASH = `scrypt:${Buffer.alloc(16).toString('base64')}:${Buffer.alloc(32).toString('base64')}`;

function mustBeActive(account: ServiceAccount): ServiceAccount {
  if (account.status !== 'active') throw new NotAuthenticated(account.status);
  return account;
}

/**
 * Lets only those through who have the route's scope.
 * @param identify reads the request's credentials in the manner of the document that the route is from
 */
export function requireScope(
  identify: (request: FastifyRequest) => Promise<Caller>,
): onRequestAsyncHookHandler {
  return async (request) => {
    const { scope } = request.routeOptions.config;
    if (scope === undefined) return;
    const caller = await identify(request);
    if (!caller.scopes.has(scope)) throw new ScopeMissing(scope, caller.roles && rolesWith(scope));
    request.caller = caller;
  };
}

/** Who calls; only for routes with a scope. */
export function callerOf({ caller }: FastifyRequest): Caller {
  if (!caller) throw new Error('the route has no scope, so the caller was not identified');
  return caller;
}

/**
 * Who signs what a caller sends: a person who is signed in, or whom a service account names.
 * @throws NotYourName where a person signs with another's name, InvalidRequest where a service account names no one
 */
export function signatureOf({ userId, roles, known }: Caller, given: Signing): SignedMessage {
  const { operator, reason } = given;
  if (roles) {
    const signature = signatureBy({ name: userId, roles }, given);
    if ('problem' in signature) throw new NotYourName(signature.problem);
    return { ...signature, known };
  }
  if (operator === undefined) throw new InvalidRequest([{ field: 'operator', text: 'is missing' }]);
  return { operator, known, reason };
}

/** The token of an `Authorization: Bearer` header, or undefined. */
export function bearerToken({ headers }: FastifyRequest): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}
