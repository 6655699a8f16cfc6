import type { Api } from './api-rig.ts';

const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

/** Opens a page of the API as a browser does. */
export function openPage({ app }: Api, url: string, headers: Record<string, string> = {}) {
  return app.inject({ url, headers: { ...BROWSER, ...headers } });
}

/** Submits a form of a page as a browser does. */
export function submitForm(
  { app }: Api,
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) {
  return app.inject({
    method: 'POST',
    url,
    headers: { ...BROWSER, 'content-type': 'application/x-www-form-urlencoded', ...headers },
    payload: new URLSearchParams(fields).toString(),
  });
}
