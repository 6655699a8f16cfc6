import type { OperatorMessage, TimelineEntry } from './payment.ts';

/** Entries beyond this many leave the view, oldest first; the run's history keeps them all. */
const SHOWN = 20;

/** A log as one run hands it to the next. */
export interface CarriedLog {
  readonly messages: readonly OperatorMessage[];
  readonly timeline: readonly TimelineEntry[];
}

/** What a payment's view shows of the past: messages with their outcome, and events in the order they happened. */
export class CaseLog {
  private readonly received: OperatorMessage[];
  private readonly events: TimelineEntry[];

  constructor(carried: CarriedLog = { messages: [], timeline: [] }) {
    this.received = [...carried.messages];
    this.events = [...carried.timeline];
  }

  /** What a run that goes on from this one begins with. */
  carry(): CarriedLog {
    return { messages: this.received, timeline: this.events };
  }

  get messages(): readonly OperatorMessage[] {
    return this.received;
  }

  get timeline(): readonly TimelineEntry[] {
    return this.events;
  }

  /** Logs a message and its outcome. @param now epoch milliseconds */
  message(now: number, message: Omit<OperatorMessage, 'at'>): void {
    append(this.received, { at: new Date(now).toISOString(), ...message });
  }

  /** Logs an event. @param now epoch milliseconds */
  event(now: number, text: string): void {
    append(this.events, { at: new Date(now).toISOString(), text });
  }
}

function append<T>(entries: T[], entry: T): void {
  entries.push(entry);
  if (entries.length > SHOWN) entries.shift();
}
