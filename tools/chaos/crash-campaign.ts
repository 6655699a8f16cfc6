import { failpoints } from '../../src/runtime/failpoints.ts';

/** Sends worker after worker to its death at a failpoint, until each point has been hit. */
export class CrashCampaign {
  /** How often each point was hit. */
  readonly hits: Map<string, number>;
  /** Those to be hit next come first. Reversed, as it takes longest to recover from the last steps of a lifecycle. */
  private readonly queue = failpoints.toReversed();
  private readonly armed = new Map<string, string>();

  constructor() {
    this.hits = new Map(failpoints.map((point) => [point, 0]));
  }

  get missing(): string[] {
    return this.queue.filter((point) => this.hits.get(point) === 0);
  }

  /**
   * The point for a worker that is about to start; undefined where every point has been hit. Workers share the last
   * points: a step that few payments reach may be taken by any of them.
   */
  arm(worker: string): string | undefined {
    this.armed.delete(worker);
    const taken = [...this.armed.values()];
    const point = this.missing.find((one) => !taken.includes(one)) ?? this.missing[0];
    if (point === undefined) return undefined;
    this.armed.set(worker, point);
    // To the end of the queue: if it is killed before it gets there, another point has its turn first.
    this.queue.splice(this.queue.indexOf(point), 1);
    this.queue.push(point);
    return point;
  }

  /** A process has ended without having been killed from outside: true if it was a worker at its failpoint. */
  died(name: string, signal: NodeJS.Signals | null): boolean {
    const point = this.armed.get(name);
    if (point === undefined || signal !== 'SIGKILL') return false;
    this.hits.set(point, (this.hits.get(point) ?? 0) + 1);
    return true;
  }
}
