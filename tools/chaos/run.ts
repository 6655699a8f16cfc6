import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { DELIVER_NOTIFICATIONS } from '../../src/temporal/contract.ts';
import { logTail } from '../processes/managed-process.ts';
import { type Print, withProgress } from '../progress.ts';
import type { StateFolder } from '../stack/state.ts';
import { logFileOf } from '../processes/supervisor.ts';
import { Caller } from './caller.ts';
import { PaymentBlockClient } from '../../src/client/index.ts';
import { type Count, count, tally } from './count.ts';
import { endDatabaseFaults, injectDatabaseFaults } from './database-faults.ts';
import { CrashCampaign } from './crash-campaign.ts';
import { type Ended, live, referenceOf, type Scene, tokenOf } from './lifecycles.ts';
import { type Lifecycle, networkFaults, planKills, planLifecycles, planNetworkFaults } from './plan.ts';
import { account, startWorld, type World } from './world.ts';

export interface ChaosOptions {
  readonly lifecycles: number;
  readonly seed: number;
  /** No lifecycle is begun after so many minutes. */
  readonly minutes: number;
  /** How many lifecycles may be under way at once, and how many are begun in a second. */
  readonly concurrency: number;
  readonly rate: number;
  /** Whether processes are killed and the network is cut, or only the gateway misbehaves. */
  readonly kills: boolean;
  /** Makes the adapter careless: the run has to come out red. */
  readonly newKeyPerRetry: boolean;
}

/** What a run came to. */
export interface Outcome extends Count {
  readonly begun: number;
  readonly ended: readonly Ended[];
  /** Kills by part, and the failpoints with how often a worker died there. */
  readonly kills: Readonly<Record<string, number>>;
  readonly failpoints: ReadonlyMap<string, number>;
  /** Parts that ended although nobody wanted it. */
  readonly endedByThemselves: readonly string[];
  readonly networkFaults: Readonly<Record<string, number>>;
  readonly gatewayFaults: Readonly<Record<string, number>>;
  /** Errors that the database was made to answer with, by the step that met them. */
  readonly databaseErrors: Readonly<Record<string, number>>;
  /** Tasks for steps that were given up. */
  readonly stepsGivenUp: number;
  /** Calls of the payment service that it had to repeat. */
  readonly repeatedCalls: number;
  readonly seconds: number;
}

// More than are asked for, for the case that a failpoint has not had its turn by then.
const SPARE_LIFECYCLES = 300;
const SPARE_AT_ONCE = 20;
// From this size on a run lasts long enough for keys to die in it.
const LONG_RUN = 500;
const KEY_DEATHS = 3;
const SETTLE_MS = 10 * 60_000;
const REPORT_EVERY_MS = 5_000;

/**
 * One run: lifecycles through the real API while parts are killed, the network is cut and the gateway misbehaves; then
 * peace, in which everything has to come to its end; then the count.
 */
export async function runChaos(
  options: ChaosOptions,
  state: StateFolder,
  print: Print,
  signal: AbortSignal,
): Promise<Outcome> {
  const campaign = new CrashCampaign();
  const endedByThemselves: string[] = [];
  const onDeath = (name: string, by: NodeJS.Signals | null) => {
    if (campaign.died(name, by)) return;
    endedByThemselves.push(name);
    print(`  ${name} has ended by itself. The end of its log:\n\n${logTail(logFileOf(state, name))}\n`);
  };
  const { newKeyPerRetry } = options;
  const failpointFor = (worker: string) => (options.kills ? campaign.arm(worker) : undefined);
  const world = await withProgress(print, 'starting everything', () =>
    startWorld({ state, print, signal, failpointFor, onDeath, newKeyPerRetry }),
  );
  try {
    const run = new Run(options, world, campaign, print, signal);
    const failed = world.mortals.failed.then((error) => Promise.reject(error));
    return { ...(await Promise.race([run.toItsEnd(), failed])), endedByThemselves };
  } catch (error) {
    throw signal.aborted ? new Error('Stopped before the end: nothing was counted.') : error;
  } finally {
    await world.stop();
  }
}

class Run {
  private readonly options: ChaosOptions;
  private readonly world: World;
  private readonly campaign: CrashCampaign;
  private readonly print: Print;
  private readonly signal: AbortSignal;
  private readonly startedAt = Date.now();
  private readonly caller: Caller;
  private readonly scene: Scene;
  private readonly begun: Lifecycle[] = [];
  private readonly ended: Ended[] = [];
  private readonly refused: string[] = [];
  private readonly kills: string[] = [];
  private readonly networkFaults: string[] = [];
  private databaseErrors: Record<string, number> = {};
  /** Aborted when the time for coming to an end is over. */
  private readonly timeIsUp = new AbortController();

  constructor(
    options: ChaosOptions,
    world: World,
    campaign: CrashCampaign,
    print: Print,
    signal: AbortSignal,
  ) {
    this.options = options;
    this.world = world;
    this.campaign = campaign;
    this.print = print;
    this.signal = signal;
    const either = AbortSignal.any([signal, this.timeIsUp.signal]);
    // Every lifecycle that is under way listens to it.
    setMaxListeners(0, signal, either);
    this.caller = new Caller(world.apis, either);
    this.scene = {
      run: `chaos-${options.seed}`,
      subscriberId: account.subscriberId,
      caller: this.caller,
      temporal: world.temporal,
      signal: either,
      client: new PaymentBlockClient(world.temporal, 'payment-block'),
      behave: (token) => world.switches.remove(token),
      reverse: options.newKeyPerRetry ? undefined : (refundReference) => world.reverse(refundReference),
    };
  }

  async toItsEnd(): Promise<Omit<Outcome, 'endedByThemselves'>> {
    const reporting = setInterval(() => this.print(`  ${this.progress()}`), REPORT_EVERY_MS);
    try {
      await this.caller.logIn(account);
      if (this.options.kills) await injectDatabaseFaults(this.world.pool);
      const peace = new AbortController();
      const until = AbortSignal.any([peace.signal, this.signal]);
      const faults = this.options.kills ? [this.killParts(until), this.breakNetwork(until)] : [];
      // If one of them fails, so does the run, and not only once the load is over.
      const underWay = await Promise.race([this.load(), ...faults.map((fault) => fault.then(() => never()))]);
      peace.abort();
      await Promise.all(faults);
      if (this.options.kills)
        this.databaseErrors = await endDatabaseFaults(this.world.pool, this.world.databaseLog);
      await this.settle(underWay);
      await this.world.mortals.end('Refund gateway');
      return { ...this.result(await this.count()), stepsGivenUp: await this.stepsGivenUp() };
    } finally {
      clearInterval(reporting);
    }
  }

  /** Begins the lifecycles. Resolves once the last is begun, with those that are still under way. */
  private async load(): Promise<ReadonlySet<Promise<void>>> {
    const { options, scene, campaign } = this;
    const { lifecycles, concurrency, rate, minutes, seed, kills } = options;
    const keyDeaths = lifecycles >= LONG_RUN ? KEY_DEATHS : 0;
    const plan = planLifecycles(lifecycles, SPARE_LIFECYCLES, keyDeaths, seed);
    await this.world.switches.set(
      plan.flatMap((lifecycle) =>
        lifecycle.switches.map((one) => ({ ...one, paymentOptionToken: tokenOf(scene, lifecycle) })),
      ),
    );
    const underWay = new Set<Promise<void>>();
    for (const lifecycle of plan) {
      const enough = this.begun.length >= lifecycles && !(kills && campaign.missing.length > 0);
      if (enough || Date.now() > this.startedAt + minutes * 60_000) break;
      const atOnce = this.begun.length < lifecycles ? concurrency : Math.min(concurrency, SPARE_AT_ONCE);
      while (underWay.size >= atOnce) await Promise.race(underWay);
      this.begun.push(lifecycle);
      const one = this.live(lifecycle).finally(() => underWay.delete(one));
      underWay.add(one);
      await sleep(1000 / rate, undefined, { signal: this.signal });
    }
    return underWay;
  }

  private async live(lifecycle: Lifecycle): Promise<void> {
    try {
      this.ended.push(await live(this.scene, lifecycle));
    } catch (error) {
      // Stuck, which the count finds out by itself; or asked to stop.
      if (this.scene.signal.aborted) return;
      const reference = referenceOf(this.scene, lifecycle);
      this.refused.push(`${reference}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async killParts(until: AbortSignal): Promise<void> {
    for (const { kind, afterMs, lastsMs } of planKills(this.options.seed)) {
      if (!(await peaceFor(afterMs, until))) return;
      if (await this.world.mortals.kill(kind, lastsMs)) this.kills.push(kind);
    }
  }

  private async breakNetwork(until: AbortSignal): Promise<void> {
    const { toxiproxy } = this.world;
    for (const { kind, afterMs, lastsMs } of planNetworkFaults(this.options.seed)) {
      if (!(await peaceFor(afterMs, until))) return;
      const toxic = networkFaults[kind];
      await (toxic === undefined ? toxiproxy.cut() : toxiproxy.poison(toxic));
      this.networkFaults.push(kind);
      await peaceFor(lastsMs, until);
      await toxiproxy.heal();
    }
  }

  /** Peace: every lifecycle comes to its end, and everything is told. */
  private async settle(underWay: ReadonlySet<Promise<void>>): Promise<void> {
    const timer = setTimeout(() => this.timeIsUp.abort(), SETTLE_MS);
    try {
      await Promise.all(underWay);
      while (!this.scene.signal.aborted && !(await this.isQuiet())) await sleep(500);
    } finally {
      clearTimeout(timer);
    }
    this.signal.throwIfAborted();
  }

  private async isQuiet(): Promise<boolean> {
    const { rowCount } = await this.world.pool.query(
      `select from outbox left join deliveries using (event_id)
        where fanned_out_at is null or state = 'pending' limit 1`,
    );
    // The lanes of the outbox never end.
    const { count: running } = await this.world.temporal.workflow.count(
      `ExecutionStatus = 'Running' AND WorkflowType != '${DELIVER_NOTIFICATIONS}'`,
    );
    return rowCount === 0 && running === 0;
  }

  private async count(): Promise<Count> {
    const { world, begun, ended, refused, scene } = this;
    return count({
      pool: world.pool,
      temporal: world.temporal,
      subscriberId: scene.subscriberId,
      booksFile: world.booksFile,
      messageIds: await world.messageIds(),
      webhookIds: world.webhookIds,
      begun: begun.map((lifecycle) => referenceOf(scene, lifecycle)),
      ended,
      refused,
    });
  }

  private async stepsGivenUp(): Promise<number> {
    const { rows } = await this.world.pool.query<{ tasks: number }>(
      "select count(*) as tasks from tasks where kind = 'stepFailed'",
    );
    return rows[0]?.tasks ?? 0;
  }

  private result(counted: Count): Omit<Outcome, 'endedByThemselves' | 'stepsGivenUp'> {
    return {
      ...counted,
      begun: this.begun.length,
      ended: this.ended,
      kills: tally(this.kills),
      failpoints: this.options.kills ? this.campaign.hits : new Map(),
      networkFaults: tally(this.networkFaults),
      databaseErrors: this.databaseErrors,
      gatewayFaults: tally(this.begun.flatMap(({ gatewayFault }) => gatewayFault ?? [])),
      repeatedCalls: this.caller.repeats,
      seconds: (Date.now() - this.startedAt) / 1000,
    };
  }

  private progress(): string {
    const seconds = Math.round((Date.now() - this.startedAt) / 1000);
    const { hits, missing } = this.campaign;
    return (
      `${seconds} s: ${this.begun.length} of ${this.options.lifecycles} lifecycles begun, ${this.ended.length} ended; ` +
      `${this.kills.length} kills, ${this.networkFaults.length} network faults, ` +
      `${hits.size - missing.length} of ${hits.size} failpoints`
    );
  }
}

/** @returns false where it was over before */
async function peaceFor(milliseconds: number, until: AbortSignal): Promise<boolean> {
  await sleep(milliseconds, undefined, { signal: until }).catch(() => {});
  return !until.aborted;
}

function never(): Promise<never> {
  return new Promise(() => {});
}
