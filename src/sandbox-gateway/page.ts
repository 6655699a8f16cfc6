import path from 'node:path';
import { Eta } from 'eta';
import { formatMoney } from '../domain/money.ts';
import { projectRoot } from '../runtime/project-files.ts';
import type { RefundView, Totals } from './refunds.ts';
import type { Switch } from './switches.ts';

const eta = new Eta({ views: path.join(projectRoot, 'src/sandbox-gateway'), cache: true, autoEscape: true });

const NEWEST = 200;

/** The books and the switches as an HTML page; the newest refunds first. */
export function renderPage(
  books: { readonly refunds: readonly RefundView[]; readonly totals: Totals },
  switches: readonly Switch[],
): string {
  return eta.render('./page.eta', {
    refunds: books.refunds.slice(-NEWEST).toReversed(),
    count: books.refunds.length,
    totals: Object.entries(books.totals),
    switches,
    money: (minor: number, currency: string) => formatMoney({ minor, currency }),
  });
}
