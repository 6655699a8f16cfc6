import path from 'node:path';
import { logTail, type Part } from './managed-process.ts';
import { recordPart, releaseState, type StateFolder } from '../stack/state.ts';

/** Where a part writes its log, and whom it tells its process number. */
export interface PartSite {
  readonly logFile: string;
  readonly onSpawn: (pid: number) => void;
}

/** Starts parts and answers for them from then on. */
export interface Starter {
  start<T extends Part>(name: string, startPart: (site: PartSite) => Promise<T>): Promise<T>;
}

/** Where the log of a part is. */
export function logFileOf(state: StateFolder, name: string): string {
  return path.join(state.logs, `${name.toLowerCase().replaceAll(' ', '-')}.log`);
}

/** Keeps account of the processes of a stack, from the first that starts to the last that is stopped. */
export class Supervisor implements Starter {
  /** Resolves with the reason when a part ends although nobody asked it to. */
  readonly failed: Promise<Error>;
  private fail: (error: Error) => void = () => {};
  private readonly state: StateFolder;
  private readonly starting = new Set<Promise<Part>>();
  private readonly running: Part[] = [];
  private stopping: Promise<void> | undefined;

  constructor(state: StateFolder) {
    this.state = state;
    this.failed = new Promise((resolve) => {
      this.fail = resolve;
    });
  }

  /** Starts a part, and watches over it from then on. */
  async start<T extends Part>(name: string, startPart: (site: PartSite) => Promise<T>): Promise<T> {
    if (this.stopping !== undefined) throw new Error(`${name} is not started: the stack is stopping.`);
    const logFile = logFileOf(this.state, name);
    const start = startPart({ logFile, onSpawn: (pid) => recordPart(this.state, name, pid) });
    this.starting.add(start);
    try {
      const part = await start;
      this.running.push(part);
      void this.watch(name, part, logFile);
      return part;
    } finally {
      this.starting.delete(start);
    }
  }

  /** Stops every part, the last one started first, also those that are only just starting. */
  async stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    await this.stopping;
  }

  private async stopAll(): Promise<void> {
    await Promise.allSettled(this.starting);
    for (const part of this.running.toReversed()) await part.stop();
    releaseState(this.state);
  }

  private async watch(name: string, part: Part, logFile: string): Promise<void> {
    await part.ended;
    if (this.stopping !== undefined) return;
    this.fail(
      new Error(
        `${name} ended although nobody asked it to. The end of its log (${logFile}):\n\n${logTail(logFile)}`,
      ),
    );
  }
}
