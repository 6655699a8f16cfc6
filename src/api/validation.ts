import type { FastifySchemaCompiler } from 'fastify';
import { z } from 'zod';
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
    error.issues.map(({ path, message, code }) => ({
      field: path.length === 0 ? 'body' : path.join('.'),
      text: message,
      ...(code === 'too_small' ? { empty: true } : {}),
    })),
  );
}

/** What is wrong with a field, to be read after its name. */
export const inWords: z.core.$ZodErrorMap = (issue) => {
  if (issue.code === 'invalid_type') {
    return issue.input === undefined
      ? 'is missing'
      : `must be ${WITH_ARTICLE[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === 'too_small') return 'must not be empty';
  if (issue.code === 'too_big') return `must not be longer than ${issue.maximum} characters`;
  return undefined;
};

const WITH_ARTICLE: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  object: 'a JSON object',
};
