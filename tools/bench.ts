import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Client } from 'pg';
import { count } from '../src/cli/progress-bar.ts';
import { migrate } from '../src/store/migrate.ts';
import { benchBacktests } from './bench/backtests.ts';
import { benchEvaluation } from './bench/evaluation.ts';
import { storeAttempts } from './bench/past.ts';
import { benchRulesCall, writeRuleSet } from './bench/rules-call.ts';
import { freePort } from './ports.ts';
import { removePostgresData, startPostgres } from './postgres.ts';
import { withProgress } from './progress.ts';
import { abortWhenAsked, onceAborted } from './signals.ts';

const FULL = { evaluationMs: 2_000, attempts: 1_000_000, decisions: 100_000, rounds: 3, roundMs: 5_000 };
const QUICK = { evaluationMs: 50, attempts: 5_000, decisions: 500, rounds: 1, roundMs: 200 };

/**
 * Measures the rules: evaluation alone, the whole rules call beside its floor, and backtests. On a Postgres of its
 * own, with its default settings, which is thrown away.
 * @param args `--quick` for a run of seconds that shows only that everything works
 */
export async function main(args: string[]): Promise<number> {
  const signal = abortWhenAsked(print);
  const size = args.includes('--quick') ? QUICK : FULL;
  const folder = mkdtempSync(path.join(os.tmpdir(), 'payment-block-bench-'));
  // Postgres, which runs as another account when this is root, has to get to its data in there.
  chmodSync(folder, 0o711);
  const dataDir = path.join(folder, 'postgres');
  try {
    const postgres = await startPostgres({ dataDir, port: await freePort() });
    try {
      await Promise.race([measure(postgres.url, folder, size), onceAborted(signal)]);
    } finally {
      await postgres.stop();
    }
  } finally {
    removePostgresData(dataDir);
    rmSync(folder, { recursive: true, force: true });
  }
  return signal.aborted ? 1 : 0;
}

async function measure(databaseUrl: string, folder: string, size: typeof FULL): Promise<void> {
  print(await machine(databaseUrl));
  print(`\nEvaluation with the full trace, one decision at a time\n`);
  print(benchEvaluation(size.evaluationMs));
  const rulesFile = writeRuleSet(folder);
  await migrate(databaseUrl);
  print('');
  await withProgress(print, `Storing ${count(size.attempts)} attempts`, () =>
    storeAttempts(databaseUrl, size.attempts),
  );
  const backtests = await withProgress(print, 'Storing decisions and backtesting them', () =>
    benchBacktests(databaseUrl, rulesFile, size.decisions),
  );
  print(`\nBacktests over ${count(size.decisions)} decisions\n\n${backtests}\n`);
  const { rounds, roundMs: millisecondsEach } = size;
  const call = await withProgress(print, 'Calling', () =>
    benchRulesCall({ databaseUrl, rulesFile, folder, rounds, millisecondsEach }),
  );
  print(
    `\nThe rules call over HTTP: token, ten aggregates over ${count(size.attempts)} attempts, decision stored\n`,
  );
  print(call);
}

async function machine(databaseUrl: string): Promise<string> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ server_version: string }>('show server_version');
  await client.end();
  const load = os.loadavg()[0]?.toFixed(1) ?? 'unknown';
  const cpu = os.cpus()[0]?.model.trim() ?? 'unknown processor';
  return (
    `${os.cpus().length} cores (${cpu}), load average ${load} before; caller, server and Postgres on the same machine\n` +
    `Node ${process.versions.node}, Postgres ${rows[0]?.server_version ?? 'unknown'}`
  );
}

function print(line: string): void {
  console.log(line);
}
