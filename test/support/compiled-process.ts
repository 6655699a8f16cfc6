import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';

export interface CompiledProcess {
  readonly pid: number;
  /** What it said with its ready message, such as its port. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** All it has written to stdout and stderr. */
  output(): string;
  /** Ends it with a signal and waits until it is gone; resolves with its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>;
  /** Leaves it without its parent, as if that had crashed; resolves with its exit code. */
  abandon(): Promise<number | null>;
}

const readyMessage = z.looseObject({ ready: z.literal(true) });

/**
 * Starts one of the project's own processes, compiled as it ships, and resolves once it serves.
 * @param source its source file from the project's root, e.g. src/sandbox-gateway/server.ts
 * @param env added to the environment
 * @returns rejects with what it wrote where it ends before it serves
 */
export async function startCompiled(
  source: string,
  env: Readonly<Record<string, string>>,
): Promise<CompiledProcess> {
  const child = fork(compiled(source), {
    env: { ...process.env, ...env },
    // Not the test runner's own.
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  // Not "close": it never comes once the channel was disconnected.
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve));

  const ready = await Promise.race([
    once(child, 'message').then(([message]) => readyMessage.parse(message)),
    once(child, 'close').then(([code]) => {
      throw new Error(`${source} ended with ${code} before it served:\n${output}`);
    }),
  ]);
  return {
    pid: child.pid ?? Number.NaN,
    ready,
    output: () => output,
    end: (signal = 'SIGTERM') => {
      child.kill(signal);
      return exited;
    },
    abandon: () => {
      child.disconnect();
      return exited;
    },
  };
}

/**
 * Starts a process from a parent that is killed so many milliseconds later.
 * @returns the number of the child
 */
export async function startAndLose(
  source: string,
  env: Readonly<Record<string, string>>,
  afterMs: number,
): Promise<number> {
  const args = ['--input-type=module', '--eval', DOOMED_PARENT, compiled(source), String(afterMs)];
  const parent = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let pid = '';
  parent.stdout.on('data', (chunk: Buffer) => (pid += chunk.toString()));
  await once(parent, 'close');
  return z.coerce.number().int().positive().parse(pid);
}

const DOOMED_PARENT = `
  import { fork } from 'node:child_process';
  import { writeSync } from 'node:fs';
  const [, entry, afterMs] = process.argv;
  const child = fork(entry, { execArgv: [], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  writeSync(1, String(child.pid));
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(afterMs));
`;

function compiled(source: string): string {
  const entry = path.join(projectRoot, 'dist', source.replace(/\.ts$/, '.js'));
  if (!existsSync(entry)) throw new Error(`${entry} is missing: run "npm run build" first.`);
  return entry;
}
