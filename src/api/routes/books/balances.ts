import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { toDecimal } from '../../../domain/money.ts';
import { ExactNumber } from '../../../wire/exact-json.ts';
import { exactSum } from '../../../wire/fields.ts';
import { accountKinds } from '../../../store/books/ledger.ts';
import { balancesOf, unbalancedCurrencies } from '../../../store/books/statements.ts';
import { callerOf } from '../../http/authentication.ts';
import type { RouteDeps } from '../../deps/deps.ts';
import { trailer, trailerFields, failures, kontoCloudSecurity } from '../../formats/kontocloud/responses.ts';

const answer = z
  .object({
    balances: z.array(
      z.object({
        kind: z.enum(accountKinds),
        currCode: z.string(),
        balance: exactSum,
      }),
    ),
    balanced: z.boolean().describe('Whether all balances of each currency sum to zero, as they must'),
    ...trailerFields,
  })
  .describe('What all accounts hold, by kind and currency');

/** The balances of all accounts together. */
export const balancesRoute: FastifyPluginAsyncZod<RouteDeps> = async (app, { pool }) => {
  app.get(
    '/ledger/balances',
    {
      config: { scope: 'ledger.read' },
      schema: {
        tags: ['ledger'],
        operationId: 'showBalances',
        summary: 'Show the balances by kind of account',
        security: kontoCloudSecurity,
        response: { 200: answer, ...failures },
      },
    },
    async (request) => {
      const balances = await balancesOf(pool, callerOf(request).subscriberId);
      return {
        balances: balances.map(({ kind, currency, balance }) => ({
          kind,
          currCode: currency,
          balance: new ExactNumber(toDecimal({ minor: balance, currency })),
        })),
        balanced: unbalancedCurrencies(balances).length === 0,
        ...trailer(request.id),
      };
    },
  );
};
