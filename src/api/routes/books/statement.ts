import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { minorUnitDigits } from '../../../domain/currencies.ts';
import { moneyToWire, toDecimal } from '../../../domain/money.ts';
import { ExactNumber } from '../../../wire/exact-json.ts';
import { accountKinds, readAccount } from '../../../store/books/ledger.ts';
import { inTransaction } from '../../../store/db/postgres.ts';
import { oneView, statementOf } from '../../../store/books/statements.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { exactSum, moment, pageBound, pageLimit, requiredText } from '../../../wire/fields.ts';
import { trailer, trailerFields, failures, kontoCloudSecurity } from '../../formats/kontocloud/responses.ts';
import { invalidParameter } from '../../../wire/response-codes.ts';

const query = z
  .object({
    currCode: z.string().refine((code) => minorUnitDigits(code) !== undefined, 'is not a currency code'),
    from: moment.exactOptional(),
    to: moment.exactOptional(),
    after: pageBound,
    limit: pageLimit,
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ['from'],
    message: 'is not before "to"',
  });

const answer = z
  .object({
    account: z.string(),
    currCode: z.string(),
    openingBalance: exactSum.describe('When the period began; 0 where no "from" is given'),
    postings: z
      .array(
        z.object({
          at: z.string().describe('ISO 8601, UTC'),
          entry: z.string(),
          uniqueReference: z.string(),
          amount: z.number(),
          balance: exactSum.describe('After this posting'),
        }),
      )
      .describe('Oldest first'),
    closingBalance: exactSum.describe('When the period ended, whatever the page'),
    next: z.int().nullable().describe('To be given as "after" for the next page; null: this was the last'),
    ...trailerFields,
  })
  .describe('What the account did in the period. An account without postings is an empty one');

/** The statement of one account in one currency. */
export const statementRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.get(
    '/ledger/accounts/:account',
    {
      config: { scope: 'ledger.read' },
      schema: {
        tags: ['ledger'],
        operationId: 'showStatement',
        summary: 'Show the statement of an account',
        description: `An account is a kind and a reference, for example merchant:444123456. Kinds: ${accountKinds.join(', ')}. "to" itself is left out.`,
        security: kontoCloudSecurity,
        params: z.object({ account: requiredText(512) }),
        querystring: query,
        response: { 200: answer, ...failures },
      },
    },
    async (request) => {
      const account = readAccount(request.params.account);
      if (!account) {
        throw invalidParameter(400, 'account', `it is a kind and a reference: ${accountKinds.join(', ')}`);
      }
      const { subscriberId } = callerOf(request);
      const { currCode: currency, ...page } = request.query;
      const statement = await inTransaction(pool, async (db) => {
        await oneView(db);
        return statementOf(db, { subscriberId, ...account, currency }, page);
      });
      const sum = (minor: bigint) => new ExactNumber(toDecimal({ minor, currency }));
      const last = statement.lines.at(-1);
      return {
        account: request.params.account,
        currCode: currency,
        openingBalance: sum(statement.opening),
        postings: statement.lines.map(({ at, entry, uniqueReference, amount, balance }) => ({
          at: at.toISOString(),
          entry,
          uniqueReference,
          amount: moneyToWire({ minor: amount, currency }),
          balance: sum(balance),
        })),
        closingBalance: sum(statement.closing),
        next: statement.lines.length < page.limit || !last ? null : last.postingId,
        ...trailer(request.id),
      };
    },
  );
};
