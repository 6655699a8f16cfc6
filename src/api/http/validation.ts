import type { FastifySchemaCompiler, FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { zodMessages } from '../../wire/zod-messages.ts';
import { invalidRequest, InvalidRequest } from '../../wire/invalid-request.ts';

/**
 * Has Fastify check each part of a request by its zod schema; what does not fit becomes an InvalidRequest.
 * Fastify gives null for a body that was not sent. A field of a body that is null and takes none counts as not given.
 */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> =
  ({ schema, httpPart }) =>
  (data: unknown) => {
    const given = data ?? undefined;
    let result = schema.safeParse(given, { error: zodMessages });
    if (!result.success && httpPart === 'body') {
      const refused = result.error.issues.map(({ path }) => path.join('.'));
      result = schema.safeParse(withoutNulls(given, refused), { error: zodMessages });
    }
    return result.success ? { value: result.data } : { error: invalidRequest(result.error) };
  };

/** A body without those of its fields that are null and were refused. */
function withoutNulls(value: unknown, refused: readonly string[], path = ''): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const fields = Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const at = path === '' ? name : `${path}.${name}`;
    return inner === null && refused.includes(at) ? [] : [[name, withoutNulls(inner, refused, at)]];
  });
  return Object.fromEntries(fields);
}

/**
 * Reads every body as JSON, whatever its content type says: KontoCloud's own answers call their JSON text/plain, and
 * `curl --data-raw` sends JSON as a form unless it is given a content type.
 */
export function acceptJsonBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, text, done) => {
    if (text === '') return done(null, undefined);
    try {
      done(null, JSON.parse(String(text)));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      done(new InvalidRequest([{ field: 'body', text: `is not JSON (${why})` }]));
    }
  });
}
