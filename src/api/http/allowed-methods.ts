import type { FastifyInstance } from 'fastify';

/** The methods that a path has, for 405 and its Allow (RFC 9110, 15.5.6). */
export class AllowedMethods {
  readonly #routes: { readonly path: RegExp; readonly methods: readonly string[] }[] = [];

  /** Sees each route that is added to the app after this. */
  static of(app: FastifyInstance): AllowedMethods {
    const allowed = new AllowedMethods();
    app.addHook('onRoute', ({ url, method }) => {
      const pattern = url
        .replace(/[.+?^$()[\]{}|\\]/g, '\\$&')
        .replace(/:[^/]+/g, '[^/]+')
        .replace('*', '.*');
      allowed.#routes.push({ path: new RegExp(`^${pattern}$`), methods: [method].flat() });
    });
    return allowed;
  }

  /** @param path as it was asked for, without its query; none of its routes: an empty list */
  at(path: string): readonly string[] {
    const methods = this.#routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods);
    return [...new Set(methods)].toSorted();
  }
}
