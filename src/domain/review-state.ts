import {
  type Booking,
  type Confirmed,
  confirmationBy,
  type ExtendReviewCommand,
  type SignedMessage,
  type UnblockCommand,
} from './commands.ts';
import { isSamePerson } from './people.ts';
import { LONG_PAUSE_MS, nextStep, type ReviewClock, type ReviewStep, without } from './review.ts';
import { timeText } from './text.ts';

/** An unblock that a second operator has to confirm. */
export type ProposeUnblock = UnblockCommand & {
  readonly kind: 'proposeUnblock';
  /** When it was proposed: ISO 8601, UTC. */
  readonly at: string;
};

/** Accepted, for the review to carry out in the order of arrival. */
export type ReviewCommand =
  | (ExtendReviewCommand & { readonly kind: 'extendReview' })
  | (SignedMessage & { readonly kind: 'pauseReview' | 'resumeReview' })
  | (Booking & Confirmed & { readonly kind: 'bookElsewhere' })
  | ProposeUnblock;

/** A review's clock that is stopped: what it showed, and when (epoch milliseconds). */
export interface StoppedClock {
  readonly clock: ReviewClock;
  readonly at: number;
}

/** A review as one run hands it to the next. */
export interface CarriedReview {
  readonly clock?: ReviewClock | undefined;
  readonly stopped?: StoppedClock | undefined;
  readonly pausedAt?: number | undefined;
  readonly escalatedTo?: string | undefined;
  readonly takesTwo?: boolean;
  readonly booking?: Booking | undefined;
}

/** The review of one payment: its clock, and the accepted commands that it has not carried out yet. */
export class ReviewState {
  private clock: ReviewClock | undefined;
  private stopped: StoppedClock | undefined;
  /** Epoch milliseconds; undefined while the clock runs. A pause counts from its acceptance. */
  private pausedAt: number | undefined;
  private escalatedTo: string | undefined;
  private commands: readonly ReviewCommand[] = [];
  private takesTwo: boolean;
  private booking: Booking | undefined;

  constructor({ clock, stopped, pausedAt, escalatedTo, takesTwo = false, booking }: CarriedReview = {}) {
    this.takesTwo = takesTwo;
    this.clock = clock;
    this.stopped = stopped;
    this.pausedAt = pausedAt;
    this.escalatedTo = escalatedTo;
    this.booking = booking;
  }

  /** What a run that goes on from this one begins with, once every command is carried out. */
  carry(): CarriedReview {
    const { clock, stopped, pausedAt, escalatedTo, takesTwo, booking } = this;
    return { clock, stopped, pausedAt, escalatedTo, takesTwo, booking };
  }

  /** Whether a review is on. A payment that comes back from a refund is held before its new review starts. */
  get isOn(): boolean {
    return this.clock !== undefined;
  }

  /** What the clock shows. @throws Error while no review is on */
  get time(): ReviewClock {
    if (!this.clock) throw new Error('no review is on');
    return this.clock;
  }

  /** What the clock showed when it was stopped; undefined while it runs. */
  get stoppedClock(): StoppedClock | undefined {
    return this.stopped;
  }

  /** What is due next; undefined where nothing is. */
  get nextStep(): { readonly step: ReviewStep; readonly at: number } | undefined {
    return this.clock && nextStep(this.clock);
  }

  /** @param clock empty where the review's times could not be stored: a person decides, without a deadline */
  start(clock: ReviewClock): void {
    this.clock = clock;
    this.escalatedTo = undefined;
  }

  /** Ends the review: what was accepted and not carried out is void. */
  end(): void {
    this.commands = [];
    this.clock = undefined;
    this.stopped = undefined;
    this.pausedAt = undefined;
    this.booking = undefined;
  }

  /** @param takesTwo whether a booking takes two, and a proposed unblock stops the clock from being moved */
  askForTwo(takesTwo: boolean): void {
    this.takesTwo = takesTwo;
  }

  get isForTwo(): boolean {
    return this.takesTwo;
  }

  /** What one operator says went elsewhere, until another one says the same. */
  get proposedBooking(): Booking | undefined {
    return this.booking;
  }

  dropBooking(): void {
    this.booking = undefined;
  }

  extended(clock: ReviewClock): void {
    this.clock = clock;
  }

  /** The pause is on record: only a reminder of a long pause is due. */
  paused(now: number): void {
    this.stopped = { clock: this.time, at: now };
    this.clock = { remind: now + LONG_PAUSE_MS };
  }

  /** A command was given up: the clock is as it was. */
  givenUp(command: ReviewCommand): void {
    if (command.kind === 'pauseReview') this.pausedAt = undefined;
    this.done(command);
  }

  resumed(clock: ReviewClock): void {
    this.clock = clock;
    this.stopped = undefined;
    this.pausedAt = undefined;
  }

  /** Takes a step from the clock: it is due no more. */
  take(step: ReviewStep): void {
    this.clock = without(this.time, step);
  }

  escalated(group: string): void {
    this.escalatedTo = group;
  }

  /** The command to carry out next. */
  get nextCommand(): ReviewCommand | undefined {
    return this.commands[0];
  }

  includes(command: ReviewCommand): boolean {
    return this.commands.includes(command);
  }

  isQueued(kind: ReviewCommand['kind']): boolean {
    return this.commands.some((command) => command.kind === kind);
  }

  enqueue(command: ReviewCommand): void {
    this.commands = [...this.commands, command];
  }

  dequeue(kind: ReviewCommand['kind']): void {
    this.commands = this.commands.filter((command) => command.kind !== kind);
  }

  done(command: ReviewCommand): void {
    this.commands = this.commands.filter((waiting) => waiting !== command);
  }

  // Messages: why one would be refused now (undefined: it would be taken), and what taking it means

  /** A deadline is only ever put off: what brings it nearer would have it decide alone. */
  refusalOfExtend({ until }: ExtendReviewCommand): string | undefined {
    if (this.pausedAt !== undefined) return 'the review is paused: send resumeReview first';
    const due = this.clock?.due;
    return due === undefined || Date.parse(until) >= due
      ? undefined
      : `the review ends ${timeText(new Date(due).toISOString())} already, and its end can only be put off`;
  }

  onExtend(command: ExtendReviewCommand): string {
    // The newest counts where the one before is not carried out yet.
    this.dequeue('extendReview');
    this.enqueue({ kind: 'extendReview', ...command });
    return `review until ${timeText(command.until)}`;
  }

  refusalOfPause(now: number): string | undefined {
    if (this.pausedAt !== undefined) return 'the review is paused already';
    return this.clock?.due === undefined || this.clock.due > now
      ? undefined
      : 'the review is overdue: its clock has run down. Send extendReview';
  }

  onPause(command: SignedMessage, now: number): string {
    this.pausedAt = now;
    this.enqueue({ kind: 'pauseReview', ...command });
    return 'the clock is stopped';
  }

  refusalOfResume(): string | undefined {
    if (this.pausedAt === undefined) return 'the review is not paused';
    return this.isQueued('resumeReview') ? 'the clock runs again already' : undefined;
  }

  onResume(command: SignedMessage): string {
    this.enqueue({ kind: 'resumeReview', ...command });
    return 'the clock runs again';
  }

  /** @returns why the same operator cannot say it twice, where two have to */
  refusalOfBooking(booking: Booking): string | undefined {
    const proposed = this.bookingRepeatedBy(booking);
    return this.takesTwo && proposed && isSamePerson(proposed.operator, booking.operator)
      ? `${proposed.operator} has proposed it: another operator has to send the same`
      : undefined;
  }

  /** @returns whether it is booked, proposed, or booked as another operator has proposed it */
  onBooking(booking: Booking): 'booked' | 'proposed' | 'confirmed' {
    const repeated = this.bookingRepeatedBy(booking);
    const proposed = repeated && !isSamePerson(repeated.operator, booking.operator) ? repeated : undefined;
    if (!proposed && this.takesTwo) {
      this.booking = booking;
      return 'proposed';
    }
    this.enqueue({
      kind: 'bookElsewhere',
      ...(proposed ? { ...proposed, ...confirmationBy(booking) } : booking),
    });
    this.booking = undefined;
    return proposed ? 'confirmed' : 'booked';
  }

  /** The proposal that a booking says the same as. */
  private bookingRepeatedBy({ amountMinor, gatewayReference }: Booking): Booking | undefined {
    const { booking: proposed } = this;
    const isSame = proposed?.amountMinor === amountMinor && proposed.gatewayReference === gatewayReference;
    return isSame ? proposed : undefined;
  }

  view(): {
    readonly reviewDueAt?: string;
    readonly pausedAt?: string;
    readonly escalatedTo?: string;
    readonly bookingProposed?: Booking;
  } {
    const due = this.pausedAt === undefined ? this.clock?.due : undefined;
    return {
      ...(due === undefined ? {} : { reviewDueAt: new Date(due).toISOString() }),
      ...(this.pausedAt === undefined ? {} : { pausedAt: new Date(this.pausedAt).toISOString() }),
      ...(this.escalatedTo === undefined ? {} : { escalatedTo: this.escalatedTo }),
      ...(this.booking ? { bookingProposed: this.booking } : {}),
    };
  }
}
