import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Eta } from 'eta';
import { projectRoot } from '../../../runtime/project-files.ts';
import { desksOf, type Visitor } from './session.ts';

const views = path.join(projectRoot, 'src/api/review-page');
const eta = new Eta({ views, cache: true, autoEscape: true });

/** The one style sheet of every page. */
export const pageStyle = readFileSync(path.join(views, 'page/page.css'), 'utf8');
const css = pageStyle;

/** What keeps an open page up to date; without it a page is loaded again by hand. */
export const pageScript = readFileSync(path.join(views, 'page/page.js'), 'utf8');

/** What the pages may load and do: their one style sheet and script, pictures that they bring along, calls and forms to here. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(css).digest('base64')}'`,
  "script-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** With every answer to a browser. */
export const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  // Sent to no other site; without it a browser would not say that a form is this site's own.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
  vary: 'Accept',
};

/** A browser asks for text/html; everybody else gets JSON from the same address. */
export function asksForPage({ accept }: { readonly accept?: string | undefined }): boolean {
  return accept?.includes('text/html') ?? false;
}

/** A page by its template. */
export function renderPage(template: string, view: object): string {
  return eta.render(template, { css, ...view });
}

/** What every page of the desk is made of, beside what is its own. */
interface DeskView extends Readonly<Record<string, unknown>> {
  readonly visitor: Visitor;
  readonly now: string;
}

/** A page of the desk, with its head. */
export function renderDesk(template: string, view: DeskView): string {
  return renderPage(template, { desks: desksOf(view.visitor), ...view });
}

/** @param view.query what was asked of the queue, to go on with after signing in */
export function renderSignIn(view: {
  /** Whether people sign in by a log-in provider. */
  readonly hasProvider: boolean;
  readonly userId: string;
  readonly query: string;
  readonly problem: string | undefined;
  /** The page to go on to, as its address here; the queue with that query where it is left out. */
  readonly next?: string;
}): string {
  const { query, next = query === '' ? '/reviews' : `/reviews?${query}` } = view;
  return eta.render('./sign-in/sign-in.eta', { css, ...view, next });
}

/** A page that says what went wrong, and what to do. */
export function renderFailure(view: {
  readonly title: string;
  readonly text: string;
  readonly requestId: string;
}): string {
  return eta.render('./page/failure.eta', { css, ...view });
}
