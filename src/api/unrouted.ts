import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedMethods } from './http/allowed-methods.ts';
import { asksForPage, PAGE_HEADERS, renderFailure } from './review-page/page/render.ts';
import { InvalidRequest } from '../wire/invalid-request.ts';
import { kontoCloudFailure } from './formats/kontocloud/responses.ts';
import { invalidParameter } from '../wire/response-codes.ts';
import { kpaymentFailure } from './formats/kpayment/responses.ts';

/**
 * Answers a call that leads nowhere, in the manner of the document that its path looks like, and a browser with a page:
 * 405 where the path has other methods, else 404.
 */
export function answerNotFound(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: AllowedMethods,
): FastifyReply {
  const [path = ''] = request.url.split('?');
  const shown = path.slice(0, 200);
  const methods = allowed.at(path);
  const status = methods.length === 0 ? 404 : 405;
  if (status === 405) reply.header('allow', methods.join(', '));
  const text =
    status === 404
      ? `${request.method} ${shown} does not exist: /docs lists every call`
      : `${shown} does not take ${request.method}, but ${methods.join(', ')}`;
  reply.code(status);
  if (asksForPage(request.headers)) {
    const title = status === 404 ? 'There is no such page' : 'Not in this way';
    reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8');
    return reply.send(renderFailure({ title, text, requestId: request.id }));
  }
  const failure = isKpayment(request)
    ? new InvalidRequest([{ field: 'the call', text }])
    : invalidParameter(404, status === 404 ? 'path' : 'method', text);
  return reply.send(failureIn(failure, request).body);
}

/** Answers what fails outside of a route. */
export function answerUnrouted(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { status, body } = failureIn(error, request);
  if (status >= 500) request.log.error({ err: error }, 'a call without a route failed');
  return reply.code(status).send(body);
}

/** Answers what Fastify refuses before it looks for a route, such as a path that cannot be decoded. */
export function answerBadRequest(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const failure = new InvalidRequest([{ field: 'the path', text: `cannot be read (${error.message})` }]);
  reply.code(400).send(failureIn(failure, request).body);
}

function isKpayment({ url }: FastifyRequest): boolean {
  return url.startsWith('/payment/kpayment/');
}

function failureIn(error: unknown, request: FastifyRequest) {
  if (isKpayment(request)) return kpaymentFailure(error);
  return kontoCloudFailure(error, { partnerReference: null, uniqueReference: null, requestId: request.id });
}
