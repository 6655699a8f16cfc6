import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { PAGE_HEADERS } from '../review-page/page/render.ts';
import { renderDocs } from './render-docs.ts';

/** What the API takes and answers: for people at /docs, as an OpenAPI document at /docs/json. */
export const docsRoutes: FastifyPluginAsyncZod = async (app) => {
  let page: string | undefined;

  app.get('/docs', { schema: { hide: true } }, (_request, reply) => {
    page ??= renderDocs(app.swagger());
    return reply.headers(PAGE_HEADERS).type('text/html; charset=utf-8').send(page);
  });

  app.get('/docs/json', { schema: { hide: true } }, (_request, reply) => reply.send(app.swagger()));
};
