import type { DeliveryTarget } from '../store/notifications/deliveries.ts';

/** Attempts under way to one target; to one whose last attempt failed there is a single one. */
const WIDTH = 4;
/** Attempts under way in a lane. Each is a request that waits, for ten seconds at most, and holds no connection. */
const MOST = 200;

/** How many attempts a lane may begin to each target, so that none uses up what is there for all. */
export class Pace {
  private readonly underWay = new Map<DeliveryTarget, number>();
  private readonly failing = new Set<DeliveryTarget>();
  private total = 0;

  /** How many more attempts may begin to a target now. */
  room(target: DeliveryTarget): number {
    const width = this.failing.has(target) ? 1 : WIDTH;
    return Math.max(0, Math.min(width - (this.underWay.get(target) ?? 0), MOST - this.total));
  }

  begin(target: DeliveryTarget): void {
    this.underWay.set(target, (this.underWay.get(target) ?? 0) + 1);
    this.total += 1;
  }

  end(target: DeliveryTarget): void {
    const left = (this.underWay.get(target) ?? 0) - 1;
    if (left > 0) this.underWay.set(target, left);
    else this.underWay.delete(target);
    this.total -= 1;
  }

  /** Notes whether the target took an attempt. */
  note(target: DeliveryTarget, taken: boolean): void {
    if (taken) this.failing.delete(target);
    else this.failing.add(target);
  }
}
