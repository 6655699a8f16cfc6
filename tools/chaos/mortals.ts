import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Part } from '../processes/managed-process.ts';
import { isAlive, waitForEnd } from '../processes/processes.ts';
import { recordPart, releaseState, type StateFolder } from '../stack/state.ts';
import { logFileOf, type PartSite, type Starter } from '../processes/supervisor.ts';

/** Told that a part has ended without a kill from here, and by which signal if one did it. */
export type OnDeath = (name: string, signal: NodeJS.Signals | null) => void;

interface Mortal {
  readonly start: () => Promise<Part>;
  part: Part;
  isUp: boolean;
  /** Its kill or its coming back, where one is under way. */
  underWay: Promise<void>;
}

const TRIES = 40;
const BETWEEN_TRIES_MS = 500;

/** Parts that may be killed, or end, at any time, and are started again: what a service manager does. */
export class Mortals implements Starter {
  /** Resolves with the reason when a part does not come back. */
  readonly failed: Promise<Error>;
  private fail: (error: Error) => void = () => {};
  private readonly state: StateFolder;
  private readonly onDeath: OnDeath;
  private readonly mortals = new Map<string, Mortal>();
  private stopping = false;

  constructor(state: StateFolder, onDeath: OnDeath) {
    this.state = state;
    this.onDeath = onDeath;
    this.failed = new Promise((resolve) => {
      this.fail = resolve;
    });
  }

  async start<T extends Part>(name: string, startPart: (site: PartSite) => Promise<T>): Promise<T> {
    const site = {
      logFile: logFileOf(this.state, name),
      onSpawn: (pid: number) => recordPart(this.state, name, pid),
    };
    const start = () => startPart(site);
    const part = await start();
    const mortal = { start, part, isUp: true, underWay: Promise.resolve() };
    this.mortals.set(name, mortal);
    void this.watch(name, mortal);
    return part;
  }

  /**
   * Kills a part and all that it has started itself, as if the power had gone, and starts it again.
   * @param downMs how long it is gone
   * @returns false where it is down already
   */
  async kill(name: string, downMs: number): Promise<boolean> {
    const mortal = this.named(name);
    if (!mortal.isUp || this.stopping) return false;
    mortal.isUp = false;
    const { pid } = mortal.part;
    mortal.underWay = (async () => {
      // A database whose server is killed leaves processes behind that may still write for a moment.
      const pids = [pid, ...childrenOf(pid)];
      for (const one of pids) if (isAlive(one)) process.kill(one, 'SIGKILL');
      for (const one of pids) await waitForEnd(one, 10_000);
      await sleep(downMs);
      await this.revive(name, mortal);
    })();
    await mortal.underWay;
    return true;
  }

  /** Ends a part for good; what it wrote stays. */
  async end(name: string): Promise<void> {
    const mortal = this.named(name);
    mortal.isUp = false;
    await mortal.part.stop();
  }

  /** Ends every part for good, the last one started first. */
  async stop(): Promise<void> {
    this.stopping = true;
    for (const mortal of [...this.mortals.values()].toReversed()) {
      await mortal.underWay;
      await mortal.part.stop();
    }
    releaseState(this.state);
  }

  private named(name: string): Mortal {
    const mortal = this.mortals.get(name);
    if (mortal === undefined) throw new Error(`there is no part "${name}"`);
    return mortal;
  }

  private async watch(name: string, mortal: Mortal): Promise<void> {
    const signal = await mortal.part.ended;
    if (!mortal.isUp || this.stopping) return;
    mortal.isUp = false;
    this.onDeath(name, signal);
    mortal.underWay = this.revive(name, mortal);
  }

  /** Tries again where it does not start: what it needs may be down itself. */
  private async revive(name: string, mortal: Mortal): Promise<void> {
    for (let tries = 1; !this.stopping; tries += 1) {
      try {
        mortal.part = await mortal.start();
        mortal.isUp = true;
        void this.watch(name, mortal);
        return;
      } catch (error) {
        if (tries === TRIES) return this.fail(new Error(`${name} does not come back`, { cause: error }));
        await sleep(BETWEEN_TRIES_MS);
      }
    }
  }
}

function childrenOf(parent: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'ppid=,pid='], { encoding: 'utf8' });
  return stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([ppid, pid]) => (ppid === parent && pid !== undefined ? [pid] : []));
}
