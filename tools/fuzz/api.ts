import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Client, Connection } from '@temporalio/client';
import { pino } from 'pino';
import { z } from 'zod';
import { buildApp } from '../../src/api/app.ts';
import { apiParts } from '../../src/assembly/api.ts';
import { readApiConfig } from '../../src/config.ts';
import { scopes } from '../../src/domain/scopes.ts';
import { upsertAccount } from '../../src/store/accounts/accounts.ts';
import { createPool } from '../../src/store/db/postgres.ts';
import { ensureSchemathesis, type PythonProgram } from '../binaries/schemathesis.ts';
import type { Print } from '../progress.ts';
import { freePorts } from '../stack/ports.ts';
import { startStack } from '../stack/stack.ts';
import type { StateFolder } from '../stack/state.ts';
import { type Findings, LONGEST_MS } from './findings.ts';

interface ApiOptions {
  readonly seed: number;
  readonly seconds: number;
  readonly state: StateFolder;
  readonly signal: AbortSignal;
  readonly print: Print;
}

const USER = 'fuzz';
/** Nothing that the environment names is used. */
const ONLY_HERE = { PATH: process.env['PATH'] };

/**
 * Has schemathesis make calls of every route from the API's own description, with and without credentials, on an API in this
 * process, whose event loop is watched; Postgres, Temporal, worker and gateway are a stack of its own.
 */
export async function fuzzApi({ seed, seconds, state, signal, print }: ApiOptions): Promise<Findings[]> {
  const program = await ensureSchemathesis(print);
  const stack = await startStack({ ports: await freePorts(), state, environment: ONLY_HERE, print, signal });
  const pool = createPool(stack.databaseUrl, 'payment-block fuzz', () => {});
  const connection = await Connection.connect(stack.temporal.connection);
  try {
    const password = randomBytes(16).toString('hex');
    await upsertAccount(pool, { userId: USER, subscriberId: USER, scopes, status: 'active' }, password);
    const secret = () => randomBytes(32).toString('hex');
    const config = readApiConfig({
      DATABASE_URL: stack.databaseUrl,
      FINGERPRINT_SECRET: secret(),
      SECRETS_KEY: secret(),
      TOKEN_SECRET: secret(),
      TOKEN_LIFETIME_SECONDS: String(24 * 3600),
      UNBLOCK_WAIT_SECONDS: '0',
      RULES_FOUR_EYES: 'false',
    });
    const temporal = new Client({ connection, namespace: stack.temporal.namespace });
    const parts = await apiParts(config, { pool, temporal, log: pino({ level: 'silent' }) });
    const app = await buildApp(parts);
    await app.ready();
    app.swagger();
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    try {
      const issued = await app.inject({ method: 'POST', url: `/user/${USER}/issue`, payload: { password } });
      const { token } = z.object({ token: z.string() }).parse(issued.json());
      const credentials = ['--auth', `${USER}:${password}`, '--header', `X-Auth-Token: ${token}`];
      const common = { program, url, seed, signal, print, folder: state.folder };
      const withCredentials = Math.round(seconds * 0.8);
      return [
        await fuzzRoutes({
          ...common,
          what: 'the API, with credentials',
          seconds: withCredentials,
          args: credentials,
        }),
        await fuzzRoutes({
          ...common,
          what: 'the API, without',
          seconds: Math.max(seconds - withCredentials, 5),
          args: [],
        }),
      ];
    } finally {
      await app.close();
      await parts.webhookChannel.close();
    }
  } finally {
    await pool.end();
    await connection.close();
    await stack.stop();
  }
}

interface RoutesOptions {
  readonly what: string;
  readonly program: PythonProgram;
  readonly url: string;
  readonly seconds: number;
  readonly seed: number;
  readonly args: readonly string[];
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly print: Print;
}

const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
];

async function fuzzRoutes(options: RoutesOptions): Promise<Findings> {
  const { what, program, url, seconds, seed, args, folder, signal, print } = options;
  const report = path.join(folder, 'schemathesis.json');
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  print(`  ${what}: ${seconds} s`);
  const child = spawn(
    program.python,
    [
      ...[program.file, 'run', `${url}/docs/json`, '--url', url, '--seed', String(seed), '--no-color'],
      ...[
        '--checks',
        CHECKS.join(','),
        '--max-time',
        String(seconds),
        '--continue-on-failure',
        '--warnings',
        'off',
      ],
      ...['--suppress-health-check', 'all', '--generation-database', 'none', '--no-shrink', '--workers', '1'],
      ...['--phases', 'examples,coverage,fuzzing', '--report', 'json', '--report-json-path', report, ...args],
    ],
    { cwd: folder, env: program.env, stdio: ['ignore', 'pipe', 'pipe'], signal },
  );
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = z.tuple([z.number().nullable(), z.unknown()]).parse(await once(child, 'close'));
  delay.disable();
  const longestMs = delay.max / 1e6;
  if (code !== 0 && code !== 1) throw new Error(`schemathesis ended with ${code}:\n${output.slice(-5_000)}`);
  const {
    test_cases: cases,
    failures,
    errors,
  } = reportSchema.parse(JSON.parse(readFileSync(report, 'utf8')));
  // Errors of its own, which it prints as such, say nothing of the API; a call without an answer does.
  const unanswered = errors.filter(({ title }) => title === 'Network Error');
  const told = /^=+ FAILURES =+$[^]*?(?=^=+ SUMMARY =+$)/m.exec(output)?.[0] ?? output.slice(-5_000);
  const failed = failures.length + unanswered.length === 0 ? [] : [`${what}:\n${told}`];
  const held =
    longestMs > LONGEST_MS ? [`${what}: the event loop was held for ${Math.round(longestMs)} ms`] : [];
  return { what, inputs: cases.generated, findings: failed, slow: held, longestMs };
}

const reportSchema = z.looseObject({
  test_cases: z.looseObject({ generated: z.int() }),
  failures: z.array(z.looseObject({})),
  errors: z.array(z.looseObject({ title: z.string() })),
});
