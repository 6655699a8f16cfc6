import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { endProcess } from './processes.ts';

/** A process of the local stack. */
export interface Part {
  readonly pid: number;
  /** Settles when the process ends, for whatever reason, with the signal that ended it where one did. */
  readonly ended: Promise<NodeJS.Signals | null>;
  stop(): Promise<void>;
}

export interface PartOptions {
  /** What a person calls it. */
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly logFile: string;
  /** The account to run as, when it is not our own. */
  readonly uid?: number;
  readonly gid?: number;
  readonly stopSignal?: NodeJS.Signals;
  /** Told the process number at once, so that it can be noted before the part serves. */
  readonly onSpawn?: ((pid: number) => void) | undefined;
  /**
   * Resolves with true once the part serves. It is asked again until it does, the part ends, or the time is up; without it, the
   * part itself says over its channel to us that it is ready.
   */
  readonly isReady?: () => Promise<boolean>;
  /** Given what the part says over its channel, its being ready included. */
  readonly onMessage?: (message: unknown) => void;
}

const START_TIMEOUT_MS = 60_000;
/** The worker gives its activities 20 s to come to an end. */
const GRACE_MS = 25_000;

/**
 * Starts a process of the stack and waits until it serves. It runs in a process group of its own, so that Ctrl-C in
 * the terminal reaches only us, who stop the parts in the right order.
 * @throws with the end of its log when it does not come to serve
 */
export async function startPart(options: PartOptions): Promise<Part> {
  const { name, program, args, env, logFile, isReady, stopSignal = 'SIGTERM', onSpawn } = options;
  const log = openSync(logFile, 'a');
  const child = spawn(program, args, {
    env,
    detached: true,
    // Another account may not be allowed in the folder that we are in.
    ...(options.uid === undefined ? {} : { uid: options.uid, cwd: '/' }),
    ...(options.gid === undefined ? {} : { gid: options.gid }),
    stdio: isReady === undefined ? ['ignore', log, log, 'ipc'] : ['ignore', log, log],
  });
  closeSync(log);
  const ended = endOf(child);
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${name} could not be started: ${program} does not run.`);
  onSpawn?.(pid);
  if (options.onMessage !== undefined) child.on('message', options.onMessage);
  const part: Part = {
    pid,
    ended,
    stop: async () => {
      await endProcess(pid, { signal: stopSignal, graceMs: GRACE_MS });
      await ended;
    },
  };
  try {
    const outcome = await Promise.race([
      isReady === undefined ? saysReady(child) : becomesReady(isReady, child),
      ended.then(() => 'ended' as const),
      sleep(START_TIMEOUT_MS, 'late' as const, { ref: false }),
    ]);
    if (outcome === 'ready') return part;
    const what =
      outcome === 'ended' ? 'ended while it started' : `did not start in ${START_TIMEOUT_MS / 1000} s`;
    throw new Error(`${name} ${what}. The end of its log (${logFile}):\n\n${logTail(logFile)}`);
  } catch (error) {
    await part.stop();
    throw error;
  }
}

/** The last lines of a log, where a process says why it ended; long lines are cut. */
export function logTail(logFile: string): string {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-20);
  return lines.map((line) => (line.length > 300 ? `${line.slice(0, 300)} …` : line)).join('\n');
}

function endOf(child: ChildProcess): Promise<NodeJS.Signals | null> {
  return new Promise((resolve) => {
    child.once('exit', (_code, signal) => resolve(signal));
    child.once('error', () => resolve(null));
  });
}

const readyMessage = z.object({ ready: z.literal(true) });

function saysReady(child: ChildProcess): Promise<'ready'> {
  return new Promise((resolve) => {
    child.on('message', (message) => {
      if (readyMessage.safeParse(message).success) resolve('ready');
    });
  });
}

async function becomesReady(
  isReady: () => Promise<boolean>,
  child: ChildProcess,
): Promise<'ready' | 'ended'> {
  while (child.exitCode === null && child.signalCode === null) {
    if (await isReady()) return 'ready';
    await sleep(50);
  }
  return 'ended';
}
