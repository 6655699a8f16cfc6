import type { Command } from 'commander';
import { readTemporalUiUrl } from '../../config.ts';
import { paymentWorkflowId } from '../../domain/ids.ts';
import { formatMoney } from '../../domain/money.ts';
import { runUrl } from '../../temporal/runs-address.ts';
import { writeCursor } from '../../reviews/cursor.ts';
import { readReviewFields } from '../../reviews/query.ts';
import { age, dueInWords } from '../../reviews/words.ts';
import {
  countReviews,
  listReviews,
  type Review,
  type ReviewCounts,
  reviewOrders,
  type ReviewsAsked,
  reviewStatuses,
} from '../../store/reviews/reviews.ts';
import { withDatabase } from '../input/database.ts';
import { UsageError } from '../output/exit.ts';
import { optionOf } from '../input/options.ts';
import { print, table } from '../output/output.ts';
import { subscriberOf, wantsJson, withLazyClient } from '../input/session.ts';

/** `reviews`: what waits for a person, from Postgres; what its run has decided since is left out. */
export function addReviewsCommand(program: Command): void {
  program
    .command('reviews')
    .description('what waits for a person: held payments, and refunds whose outcome is unknown')
    .option('--status <status>', reviewStatuses.join(' or '))
    .option('--due <when>', 'overdue, today, later or undated; days are UTC')
    .option('--due-before <date>', 'for example 2026-12-31T12:00Z')
    .option('--currency <code>', 'only payments in this currency')
    .option('--amount-from <amount>', 'in major units, with --currency')
    .option('--amount-to <amount>', 'in major units, with --currency')
    .option('--assigned-to <operator>', 'or "nobody"')
    .option('--rule <id>', 'that had a say in the decision')
    .option('--search <text>', "a part of the unique reference, the customer's UUID or the invoice")
    .option('--sort <order>', `${reviewOrders.join(', ')}: soonest due, longest waiting or largest first`)
    .option('--limit <number>', '1 to 200 (default: 50)')
    .option('--after <next>', 'the page after another, as its end shows it')
    .addHelpText(
      'after',
      '\nDATABASE_URL says which database, TEMPORAL_UI_URL and TEMPORAL_NAMESPACE where the runs are.',
    )
    .action(async (_options: unknown, command: Command) => {
      const now = new Date();
      const asked = askedBy(command, now);
      const subscriber = subscriberOf(command);
      const { loadClientConnectConfig } = await import('@temporalio/envconfig');
      const { stillWaiting } = await import('../../reviews/moved-on.ts');
      const { namespace = 'default' } = loadClientConnectConfig();
      const runs = { temporalUiUrl: readTemporalUiUrl(process.env), namespace };
      const [{ reviews, next }, matching] = await withDatabase((pool) =>
        Promise.all([
          listReviews(pool, subscriber, asked),
          countReviews(pool, subscriber, asked.filter, now),
        ]),
      );
      const waiting = await withLazyClient((client) => stillWaiting(client, reviews));
      const answer = {
        reviews: waiting.map((review) => ({ ...review, runUrl: runUrl(paymentWorkflowId(review), runs) })),
        next: next === null ? null : writeCursor(next),
        matching,
      };
      print(wantsJson(command), answer, describeQueue(answer, now));
    });
}

/** @throws UsageError that names every option which cannot be used */
function askedBy(command: Command, now: Date): ReviewsAsked {
  const { currency, ...options } = command.opts<Record<string, unknown>>();
  const read = readReviewFields({ ...options, ...(currency !== undefined && { currCode: currency }) }, now);
  if ('asked' in read) return read.asked;
  throw new UsageError(
    read.problems
      .map(({ field, text }) => `--${field === 'currCode' ? 'currency' : optionOf(field)} ${text}`)
      .join('; '),
  );
}

interface Answer {
  readonly reviews: readonly (Review & { readonly runUrl: string })[];
  readonly next: string | null;
  readonly matching: ReviewCounts;
}

function describeQueue({ reviews, next, matching }: Answer, now: Date): string {
  if (matching.total === 0) return 'Nothing in the queue is like that.';
  const list = table(
    ['payment', 'status', 'amount', 'due', 'age', 'assigned to', 'rules', 'run'],
    reviews.map((review) => [
      review.uniqueReference,
      review.status,
      formatMoney(review.amount),
      dueInWords(review, now),
      age(review, now),
      review.assignedTo ?? '-',
      review.rules.map(({ ruleId }) => ruleId).join(', ') || '-',
      review.runUrl,
    ]),
    ['amount', 'age'],
  );
  const { total, overdue, today, refundFailed } = matching;
  const counts = `${total} in all: ${overdue} overdue, ${today} more due today, ${refundFailed} refunds that need a person.`;
  return [list, counts, ...(next === null ? [] : [`The next page: --after ${next}`])].join('\n\n');
}
