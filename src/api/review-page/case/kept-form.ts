import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { attributesFor } from '../page/session.ts';

const COOKIE = 'payment_block_form';
const SECONDS = 600;

const keptSchema = z.object({
  uniqueReference: z.string(),
  message: z.string(),
  typed: z.record(z.string(), z.string()),
});

/** A form about a payment that was not taken yet. */
export type KeptForm = z.infer<typeof keptSchema>;

/** Keeps what was typed in the browser, while the person is at the log-in provider. */
export function keepForm(request: FastifyRequest, reply: FastifyReply, form: KeptForm): void {
  // In base64url a text of any language fits into a cookie.
  const value = Buffer.from(JSON.stringify(form)).toString('base64url');
  reply.setCookie(COOKIE, value, { ...attributesFor(request), sameSite: 'lax', maxAge: SECONDS });
}

/** What was typed about a payment before, if it was kept: once. */
export function takeForm(
  request: FastifyRequest,
  reply: FastifyReply,
  uniqueReference: string,
): KeptForm | undefined {
  const form = readForm(request.cookies[COOKIE]);
  if (form?.uniqueReference !== uniqueReference) return undefined;
  reply.clearCookie(COOKIE, attributesFor(request));
  return form;
}

function readForm(cookie: string | undefined): KeptForm | undefined {
  if (cookie === undefined) return undefined;
  try {
    return keptSchema.parse(JSON.parse(Buffer.from(cookie, 'base64url').toString()));
  } catch {
    return undefined;
  }
}
