import type { FastifyInstance } from 'fastify';
import { InvalidRequest } from '../../wire/invalid-request.ts';

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
