import type { FastifyRequest } from 'fastify';
import { type Authenticator, bearerToken, type Caller } from '../../http/authentication.ts';
import { NotAuthenticated } from '../../../failures/access.ts';

/** How kpayment calls are secured, for the OpenAPI document. */
export const kpaymentSecurity = [{ basic: [] }, { bearer: [] }];

/**
 * Who calls: HTTP Basic of a service account, or a token (docs/contract.md, "kpayment auth").
 * @throws NotAuthenticated
 */
export async function identify(request: FastifyRequest, authenticator: Authenticator): Promise<Caller> {
  const { authorization = '' } = request.headers;
  if (authorization.trim() === '') throw new NotAuthenticated('none');
  const token = bearerToken(request);
  if (token !== undefined) return authenticator.byBearer(token);
  const [, encoded = ''] = /^Basic +(\S+)$/i.exec(authorization) ?? [];
  const [, userId, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  if (userId === undefined || password === undefined) throw new NotAuthenticated('wrong');
  const { subscriberId, scopes } = await authenticator.byPassword(userId, password, request.ip);
  return { userId, subscriberId, scopes: new Set(scopes), known: { by: 'service', door: 'api' } };
}
