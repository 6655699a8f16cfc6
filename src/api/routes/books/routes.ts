import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { RouteDeps } from '../../deps/deps.ts';
import { balancesRoute } from './balances.ts';
import { paymentLedgerRoute } from './payment.ts';
import { statementRoute } from './statement.ts';

/** Our own: the ledger, read only, in KontoCloud's manner. */
export const ledgerRoutes: FastifyPluginAsyncZod<RouteDeps> = async (app, deps) => {
  await app.register(statementRoute, deps);
  await app.register(paymentLedgerRoute, deps);
  await app.register(balancesRoute, deps);
};
