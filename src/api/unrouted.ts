import type { FastifyReply, FastifyRequest } from 'fastify';
import { InvalidRequest } from '../wire/invalid-request.ts';
import { kontoCloudFailure } from './formats/kontocloud/responses.ts';
import { invalidParameter } from '../wire/response-codes.ts';
import { kpaymentFailure } from './formats/kpayment/responses.ts';

/** Answers a call that leads nowhere, in the manner of the document that its path looks like. */
export function answerNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [path = ''] = request.url.slice(0, 200).split('?');
  const text = `${request.method} ${path} does not exist: /docs lists every call`;
  const failure = isKpayment(request)
    ? new InvalidRequest([{ field: 'the call', text }])
    : invalidParameter(404, 'path', text);
  return reply.code(404).send(bodyOf(failure, request));
}

/** Answers what fails where no route is: the body of a call that leads nowhere may be unreadable, too. */
export function answerUnrouted(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const echo = { partnerReference: null, uniqueReference: null, requestId: request.id };
  const { status, body } = isKpayment(request) ? kpaymentFailure(error) : kontoCloudFailure(error, echo);
  if (status >= 500) request.log.error({ err: error }, 'a call without a route failed');
  return reply.code(status).send(body);
}

/** Answers what Fastify refuses before it looks for a route, such as a path that cannot be decoded. */
export function answerBadRequest(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  const failure = new InvalidRequest([{ field: 'the path', text: `cannot be read (${error.message})` }]);
  reply.code(400).send(bodyOf(failure, request));
}

function isKpayment({ url }: FastifyRequest): boolean {
  return url.startsWith('/payment/kpayment/');
}

function bodyOf(failure: Error, request: FastifyRequest): unknown {
  if (isKpayment(request)) return kpaymentFailure(failure).body;
  const echo = { partnerReference: null, uniqueReference: null, requestId: request.id };
  return kontoCloudFailure(failure, echo).body;
}
