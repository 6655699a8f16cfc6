import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { zodMessages } from '../../wire/zod-messages.ts';
import { invalidRequest } from '../../wire/invalid-request.ts';

/**
 * Has Fastify check each part of a request by its zod schema; what does not fit becomes an InvalidRequest.
 * Fastify gives null for a body that was not sent.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const result = schema.safeParse(data ?? undefined, { error: zodMessages });
    return result.success ? { value: result.data } : { error: invalidRequest(result.error) };
  };
