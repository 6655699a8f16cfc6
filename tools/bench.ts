import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { withDatabase } from './bench/databases.ts';
import { benchLifecycles, type Findings } from './bench/lifecycles.ts';
import { type BenchOptions, readOptions } from './bench/options.ts';
import { benchRules } from './bench/rules.ts';
import { asData, type Measured, printed } from './bench/tables.ts';
import { type Target, targetTable } from './bench/targets.ts';
import { benchWaiting } from './bench/waiting.ts';
import { startWorld } from './bench/world.ts';
import { freePort } from './stack/ports.ts';
import { startPostgres } from './stack/postgres.ts';
import { abortWhenAsked, onceAborted } from './processes/signals.ts';
import { type StateFolder, takeState } from './stack/state.ts';
import { Supervisor } from './processes/supervisor.ts';
import { withThrowAwayState } from './stack/throw-away-state.ts';
import { print } from './command-line.ts';

/** What has been measured so far. */
interface Report {
  readonly tables: Measured[];
  readonly targets: Target[];
  readonly failures: string[];
}

/**
 * Measures the rules and the lifecycles, prints tables and writes them as JSON. On servers of its own, which are thrown
 * away, unless DATABASE_URL and TEMPORAL_ADDRESS name others.
 * @returns 0 if no call has failed
 */
export async function main(args: string[]): Promise<number> {
  const options = readOptions(args, process.env);
  const signal = abortWhenAsked(print);
  const report: Report = { tables: [], targets: [], failures: [] };
  const about = await withThrowAwayState('payment-block-bench-', (state) =>
    measureAll(options, state, signal, report),
  );
  if (signal.aborted) return 1;
  if (report.targets.length > 0) print(printed(targetTable(report.targets)));
  writeJson(options, about, report);
  const { failures } = report;
  print(`\n${failures.length === 0 ? 'No call has failed.' : `${failures.length} calls have failed:`}`);
  for (const failure of failures.slice(0, 5)) print(`  ${failure}`);
  print(`The figures are in ${options.jsonFile}.`);
  return failures.length === 0 ? 0 : 1;
}

async function measureAll(
  options: BenchOptions,
  state: StateFolder,
  signal: AbortSignal,
  report: Report,
): Promise<string> {
  await takeState(state);
  const supervisor = new Supervisor(state);
  try {
    const server = process.env['DATABASE_URL'] || (await ownPostgres(state, supervisor));
    const about = await machine(server);
    print(about);
    await measure(options, server, state, supervisor, signal, report);
    return about;
  } finally {
    await supervisor.stop();
  }
}

async function measure(
  { parts, rules, lifecycles, waiting }: BenchOptions,
  server: string,
  state: StateFolder,
  supervisor: Supervisor,
  signal: AbortSignal,
  report: Report,
): Promise<void> {
  const show = (table: Measured) => {
    report.tables.push(table);
    print(printed(table));
  };
  const ended = Promise.race([supervisor.failed, onceAborted(signal)]);
  // What has been made on servers that outlive the bench is taken away again, however it ends.
  const untilEnded = async (work: Promise<void>) => {
    const outcome = await Promise.race([work, ended]);
    if (outcome instanceof Error) throw outcome;
  };
  if (parts.includes('rules')) {
    await withDatabase(server, (url) => untilEnded(benchRules(url, state.folder, rules, print, show)));
  }
  if (signal.aborted || !parts.some((part) => part !== 'rules')) return;
  await withDatabase(server, async (databaseUrl) => {
    const world = await startWorld({ databaseUrl, state, print, signal, supervisor });
    const take = ({ tables, targets, failures }: Findings) => {
      tables.forEach(show);
      report.targets.push(...targets);
      report.failures.push(...failures);
    };
    const live = async () => {
      if (parts.includes('lifecycles')) take(await benchLifecycles(world, lifecycles));
      if (parts.includes('waiting')) take(await benchWaiting(world, waiting, lifecycles));
    };
    try {
      await untilEnded(live());
    } finally {
      await world.close();
    }
  });
}

async function ownPostgres(state: StateFolder, supervisor: Supervisor): Promise<string> {
  const port = await freePort();
  const { url } = await supervisor.start('Postgres', (site) =>
    startPostgres({ dataDir: state.postgres, port, ...site }),
  );
  return url;
}

async function machine(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  const load = os.loadavg()[0]?.toFixed(1) ?? 'unknown';
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  const where = ['DATABASE_URL', 'TEMPORAL_ADDRESS'].filter((name) => process.env[name]);
  return (
    `${os.cpus().length} cores (${cpu}), load average ${load} before; ` +
    (where.length === 0 ? 'everything on the same machine\n' : `other servers by ${where.join(', ')}\n`) +
    `Node ${process.versions.node}, Postgres ${rows[0]?.server_version ?? 'unknown'}`
  );
}

function writeJson({ jsonFile, lifecycles }: BenchOptions, about: string, report: Report): void {
  const { tables, targets, failures } = report;
  mkdirSync(path.dirname(jsonFile), { recursive: true });
  const data = {
    about,
    at: new Date().toISOString(),
    lifecycles,
    tables: tables.map(asData),
    targets,
    failures,
  };
  writeFileSync(jsonFile, `${JSON.stringify(data, undefined, 2)}\n`);
}
