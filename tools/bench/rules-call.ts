import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from 'pg';
import { Tokens } from '../../src/api/http/tokens.ts';
import { count } from '../../src/cli/output/progress-bar.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { type ServiceAccount } from '../../src/store/accounts/accounts.ts';
import { issueToken } from './token.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { defaultRuleSetFile } from '../../src/store/rules/rule-set-file.ts';
import { startPart } from '../processes/managed-process.ts';
import { freePort } from '../stack/ports.ts';
import { callFor, type LoadResult } from './load.ts';
import { someRulesCall, SUBSCRIBER } from './past.ts';
import { Samples } from './samples.ts';
import { type Measured, numbers } from './tables.ts';

/** Three aggregates more than the default rule set's seven, which has four over the card. */
const MORE_AGGREGATES = `aggregates:
  - {name: invoicesPerCustomer7d, distinct: invoice, over: customer, window: 7d}
  - {name: acceptedPerIp24h, count: attempts, over: ip, window: 24h, only: accepted}
  - {name: cardsPerInvoice7d, distinct: card, over: invoice, window: 7d}
`;

/** Writes the default rule set with ten aggregates. */
export function writeRuleSet(folder: string): string {
  const file = path.join(folder, 'ten-aggregates.yaml');
  writeFileSync(file, readFileSync(defaultRuleSetFile, 'utf8').replace(/^aggregates:\n/m, MORE_AGGREGATES));
  return file;
}

/**
 * The rules call as a caller sees it, beside the floor: the same server and authentication, and one insert. Both are
 * measured in turns, so that what else the machine does falls on both alike.
 */
export async function benchRulesCall(options: {
  readonly databaseUrl: string;
  readonly rulesFile: string;
  readonly folder: string;
  /** How many are stored, for the title. */
  readonly attempts: number;
  readonly rounds: number;
  readonly millisecondsEach: number;
}): Promise<Measured> {
  const { databaseUrl, rulesFile, folder, attempts, rounds, millisecondsEach } = options;
  const secret = randomBytes(32).toString('hex');
  const token = await prepare(databaseUrl, secret);
  const port = await freePort();
  const server = await startPart({
    name: 'API',
    program: process.execPath,
    args: ['--enable-source-maps', path.join(projectRoot, 'dist/tools/bench/server.js')],
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      RULES_FILE: rulesFile,
      TOKEN_SECRET: secret,
      FINGERPRINT_SECRET: secret,
      SECRETS_KEY: secret,
      API_HOST: '127.0.0.1',
      API_PORT: String(port),
      // Nothing answers there: the rules call does without Temporal.
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    },
    logFile: path.join(folder, 'api.log'),
  });
  try {
    const rows: Measured['rows'][number][] = [];
    for (const callers of [1, 8]) {
      const measure = async (name: string) => {
        const url = `http://127.0.0.1:${port}/${name}`;
        return callFor({ url, token, body: someRulesCall, callers, milliseconds: millisecondsEach });
      };
      const [floor, rules]: [LoadResult[], LoadResult[]] = [[], []];
      // The first of each only warms up.
      for (let round = 0; round <= rounds; round += 1) {
        floor.push(await measure('floor'));
        rules.push(await measure('payment/kpayment/v1/firePayislandRules'));
      }
      rows.push(...compare(callers, floor.slice(1), rules.slice(1)));
    }
    return {
      title: `The rules call over HTTP: token, ten aggregates over ${count(attempts)} attempts, decision stored`,
      columns: [
        ...numbers(0, 'callers'),
        { name: 'call' },
        ...numbers(2, 'p50 ms', 'p99 ms'),
        ...numbers(0, 'calls/s', 'calls'),
        ...numbers(2, 'p50 to floor'),
      ],
      rows,
    };
  } finally {
    await server.stop();
  }
}

function compare(
  callers: number,
  floorRounds: readonly LoadResult[],
  rulesRounds: readonly LoadResult[],
): Measured['rows'] {
  const [floor, rules] = [together(floorRounds), together(rulesRounds)];
  const row = (name: string, { samples, callsPerSecond }: LoadResult) => [
    callers,
    name,
    samples.quantile(0.5),
    samples.quantile(0.99),
    callsPerSecond,
    samples.count,
    samples.quantile(0.5) / floor.samples.quantile(0.5),
  ];
  return [row('floor: auth and one insert', floor), row('rules call', rules)];
}

function together(rounds: readonly LoadResult[]): LoadResult {
  const samples = Samples.of(rounds.map((round) => round.samples));
  const callsPerSecond = rounds.reduce((sum, round) => sum + round.callsPerSecond, 0) / rounds.length;
  return { samples, callsPerSecond };
}

/** The caller's account and token, and the table of the floor. */
async function prepare(databaseUrl: string, secret: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(`create table bench_floor (id uuid primary key default gen_random_uuid(),
    subscriber_id text not null, body jsonb not null, at timestamptz not null default now())`);
  await client.end();
  const account: ServiceAccount = {
    userId: 'bench',
    subscriberId: SUBSCRIBER,
    scopes: ['payment.rules.payisland'],
    status: 'active',
  };
  const pool = createPool(databaseUrl, 'payment-block bench', () => {});
  const token = await issueToken(pool, account, new Tokens(secret, 3600));
  await pool.end();
  return token;
}
