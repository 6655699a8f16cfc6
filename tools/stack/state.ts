import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { removePostgresData } from './postgres.ts';
import { commandLine, endProcess, isAlive } from '../processes/processes.ts';

/** Everything that the local stack keeps between two starts, in one folder. */
export interface StateFolder {
  readonly folder: string;
  readonly postgres: string;
  readonly temporalDatabase: string;
  readonly temporalConfig: string;
  readonly gatewayBooks: string;
  readonly mails: string;
  readonly certificates: string;
  /** What the command line needs in its environment. */
  readonly environmentFile: string;
  readonly logs: string;
}

/** The folder from the environment's STATE_DIR, or the project's own `.state`. */
export function stateFolderFromEnvironment(environment: NodeJS.ProcessEnv): StateFolder {
  return stateFolder(path.resolve(environment['STATE_DIR'] || path.join(projectRoot, '.state')));
}

/** What the production-like stack keeps is apart: neither takes the other's for its own. */
export function productionLikeState(environment: NodeJS.ProcessEnv): StateFolder {
  return stateFolder(path.join(stateFolderFromEnvironment(environment).folder, 'production-like'));
}

export function stateFolder(folder: string): StateFolder {
  return {
    folder,
    postgres: path.join(folder, 'postgres'),
    temporalDatabase: path.join(folder, 'temporal.db'),
    temporalConfig: path.join(folder, 'temporal.toml'),
    gatewayBooks: path.join(folder, 'gateway-books.jsonl'),
    mails: path.join(folder, 'mails'),
    certificates: path.join(folder, 'certificates'),
    environmentFile: path.join(folder, 'command-line.env'),
    logs: path.join(folder, 'logs'),
  };
}

/** Which processes belong to the stack of a state folder; on disk, since the one that knows may be killed. */
const recordSchema = z.object({
  owner: z.object({ pid: z.number(), command: z.string() }),
  parts: z.array(z.object({ name: z.string(), pid: z.number(), command: z.string() })),
});

type StackRecord = z.infer<typeof recordSchema>;

/**
 * Takes the state folder for the stack of this process, and stops what a killed one left running on it.
 * @throws when another stack is running on it
 */
export async function takeState(state: StateFolder): Promise<void> {
  await stopLeftOverParts(state);
  rmSync(state.logs, { recursive: true, force: true });
  mkdirSync(state.logs, { recursive: true });
  write(state, { owner: { pid: process.pid, command: commandLine(process.pid) ?? '' }, parts: [] });
}

/** Notes a process of the stack, so that the next start can stop it if this process cannot. */
export function recordPart(state: StateFolder, name: string, pid: number): void {
  const record = read(state);
  if (record === undefined) return;
  write(state, { ...record, parts: [...record.parts, { name, pid, command: commandLine(pid) ?? '' }] });
}

/** Gives the state folder free again; the data stays. */
export function releaseState(state: StateFolder): void {
  rmSync(recordFile(state), { force: true });
}

/**
 * Removes everything that the stack keeps, and nothing else that may be in the folder.
 * @throws when a stack is running on it
 */
export async function clearState(state: StateFolder): Promise<void> {
  await stopLeftOverParts(state);
  removePostgresData(state.postgres);
  const { temporalDatabase, temporalConfig, gatewayBooks, mails, certificates, environmentFile, logs } =
    state;
  const databaseFiles = ['', '-shm', '-wal'].map((suffix) => `${temporalDatabase}${suffix}`);
  for (const entry of [
    ...databaseFiles,
    temporalConfig,
    gatewayBooks,
    mails,
    certificates,
    environmentFile,
    logs,
    ...secretFiles(state),
  ])
    rmSync(entry, { recursive: true, force: true });
}

/** The secret that the API signs its tokens with: made once, then kept, so that tokens outlive a restart. */
export function tokenSecret(state: StateFolder): string {
  return secret(state, TOKEN_SECRET);
}

/** The secret that cards are fingerprinted with: made once, then kept, so that listed cards stay listed. */
export function fingerprintSecret(state: StateFolder): string {
  return secret(state, FINGERPRINT_SECRET);
}

/** What the secrets of webhooks are sealed with: made once, then kept, so that they can be opened again. */
export function secretsKey(state: StateFolder): string {
  return secret(state, SECRETS_KEY);
}

const TOKEN_SECRET = 'token-secret';
const FINGERPRINT_SECRET = 'fingerprint-secret';
const SECRETS_KEY = 'secrets-key';

function secret(state: StateFolder, name: string): string {
  const file = path.join(state.folder, name);
  if (!existsSync(file)) writeFileSync(file, randomBytes(48).toString('base64url'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

/** Whether the stack of another process that still runs has taken the state folder. */
export function isInUse(state: StateFolder): boolean {
  const owner = read(state)?.owner;
  return owner !== undefined && owner.pid !== process.pid && isSame(owner);
}

async function stopLeftOverParts(state: StateFolder): Promise<void> {
  const record = read(state);
  if (record === undefined) return;
  if (isInUse(state))
    throw new Error(
      `A stack is running on ${state.folder} (process ${record.owner.pid}).\n` +
        'Stop it first (Ctrl-C where it runs), or choose another folder with STATE_DIR.',
    );
  for (const part of record.parts.toReversed()) if (isSame(part)) await endProcess(part.pid);
  releaseState(state);
}

/** Process numbers are given out again: only one that still runs the same command is the one that was noted. */
function isSame({ pid, command }: { pid: number; command: string }): boolean {
  return isAlive(pid) && commandLine(pid) === command;
}

function secretFiles(state: StateFolder): string[] {
  return [TOKEN_SECRET, FINGERPRINT_SECRET, SECRETS_KEY].map((name) => path.join(state.folder, name));
}

function recordFile(state: StateFolder): string {
  return path.join(state.folder, 'stack.json');
}

function read(state: StateFolder): StackRecord | undefined {
  const file = recordFile(state);
  if (!existsSync(file)) return undefined;
  return recordSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

function write(state: StateFolder, record: StackRecord): void {
  // Renamed into place, since this process may be killed while it writes.
  const unfinished = `${recordFile(state)}.unfinished`;
  writeFileSync(unfinished, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(unfinished, recordFile(state));
}
