import type { Money } from '../../domain/money.ts';
import type { RunsAddress } from '../../temporal/runs-address.ts';
import type { EventPayloads, EventType } from '../events.ts';
import type { Block } from './document.ts';

/** The mail about an event: a subject from which the inbox alone shows what happened, and its body. */
export interface Mail {
  readonly subject: string;
  readonly body: readonly Block[];
}

/** Where a mail leads to: the runs, and the desk. */
export interface Places extends RunsAddress {
  /** Where people reach the API, without a path. */
  readonly publicUrl: string;
}

/** What a mail is written with beside the event's payload. */
export interface MailContext {
  readonly subscriberId: string;
  readonly places: Places;
  /** IANA, e.g. Europe/Berlin: the zone that times are shown in. */
  readonly timeZone: string;
}

/** The mail about each type of event, in one language. */
export type Mails<T extends EventType = EventType> = {
  readonly [K in T]: (payload: EventPayloads[K], context: MailContext) => Mail;
};

/** What a language writes in its own way, wherever it comes up. */
export interface Words {
  readonly labels: Readonly<Record<Label, string>>;
  /** Who decided, where no person is named. */
  readonly deciders: Readonly<Record<'rules' | 'operator' | 'deadline', string>>;
  readonly amount: (money: Money) => string;
  /** A moment as people write it. @param iso ISO 8601, UTC */
  readonly moment: (iso: string, timeZone: string) => string;
  /** What goes into a paste block where the operator's own words go. */
  readonly placeholders: Readonly<Record<'operator' | 'reason' | 'gatewayReference', string>>;
}

type Label =
  | 'payment'
  | 'amount'
  | 'card'
  | 'invoice'
  | 'merchant'
  | 'customer'
  | 'refund'
  | 'due'
  | 'decidedBy'
  | 'confirmedBy'
  | 'reason'
  | 'run'
  | 'openRun'
  | 'desk'
  | 'openCase'
  | 'whyStopped';
