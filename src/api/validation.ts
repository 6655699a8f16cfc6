import type { FastifySchemaCompiler } from 'fastify';
import type { z } from 'zod';
import { inWords } from '../problems-in-words.ts';
import { InvalidRequest } from './failures.ts';

/**
 * Has Fastify check each part of a request by its zod schema; what does not fit becomes an {@link InvalidRequest}.
 * Fastify gives null for a body that was not sent.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema }) =>
  (data: unknown) => {
    const result = schema.safeParse(data ?? undefined, { error: inWords });
    return result.success ? { value: result.data } : { error: invalidRequest(result.error) };
  };

/** Every problem that zod found, by field. */
export function invalidRequest(error: z.ZodError): InvalidRequest {
  return new InvalidRequest(
    error.issues.map((issue) => ({
      field: issue.path.length === 0 ? 'body' : issue.path.join('.'),
      text: issue.message,
      ...(issue.code === 'too_small' && issue.origin !== 'number' ? { empty: true } : {}),
    })),
  );
}
