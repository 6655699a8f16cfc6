import { confirmationBy, type RefundCommand, type RefundSettlement } from './commands.ts';
import { isSamePerson } from './people.ts';
import type { Reopened, UnansweredRefund, UnblockDecision } from './payment.ts';
import type { RefundProgress, RefundStatus } from './refund.ts';

/** The refund of one payment: how far it is, what people decided about its outcome, and hints from its gateway. */
export class RefundState {
  private current: Refund | undefined;
  private manualOutcome: RefundSettlement | undefined;
  private takesTwo: boolean;
  private outcomeProposed: RefundCommand | undefined;
  private hinted = false;
  private stored: boolean;
  /** How many of the scheduled lookups are over. */
  private asked: number;
  private leftOpen: UnansweredRefund | undefined;

  private elsewhere: number;

  constructor({
    refund,
    stored = false,
    asked = 0,
    unanswered,
    takesTwo = false,
    proposed,
    elsewhere = 0,
  }: CarriedRefund = {}) {
    this.takesTwo = takesTwo;
    this.current = refund;
    this.stored = stored;
    this.asked = asked;
    this.leftOpen = unanswered;
    this.outcomeProposed = proposed;
    this.elsewhere = elsewhere;
  }

  /** What a run that goes on from this one begins with, where no command and no hint waits. */
  carry(): CarriedRefund {
    const {
      current: refund,
      stored,
      asked,
      leftOpen: unanswered,
      takesTwo,
      outcomeProposed: proposed,
      elsewhere,
    } = this;
    return { refund, stored, asked, unanswered, takesTwo, proposed, elsewhere };
  }

  get lookups(): number {
    return this.asked;
  }

  lookedUp(): void {
    this.asked += 1;
  }

  /** The refund's reference; undefined where there is no refund. */
  get reference(): string | undefined {
    return this.current?.reference;
  }

  get status(): RefundStatus | undefined {
    return this.current?.status;
  }

  /** @param isStored whether it is on record already */
  begin(reference: string, isStored: boolean): void {
    this.current = { reference, status: 'RECEIVED', statusReason: '' };
    this.stored = isStored;
    this.asked = 0;
  }

  /** Whether the refund is known to be on record. */
  get isStored(): boolean {
    return this.stored;
  }

  /** The gateway has taken a refund back that this run has not begun. */
  reversed(reference: string, { statusReason, unanswered, elsewhereMinor = 0 }: Reversed): void {
    this.current = { reference, status: 'DECLINED', statusReason };
    this.leftOpen = unanswered;
    this.elsewhere = elsewhereMinor;
  }

  /** The refund was never stored: there is none. */
  withdraw(): void {
    this.current = undefined;
  }

  /** @throws Error where there is no refund */
  record({ status, statusReason }: RefundProgress): void {
    if (!this.current) throw new Error('there is no refund');
    this.current = { ...this.current, status, statusReason };
    this.stored = true;
    if (status !== 'FAILED') this.outcomeProposed = undefined;
  }

  /** The refund that was given up without the gateway's answer, if there is one: it may have been paid. */
  get unanswered(): UnansweredRefund | undefined {
    return this.leftOpen;
  }

  /** A person gives the refund up, and the gateway has not answered for it. @param decision what began it */
  leaveUnanswered(decision: UnblockDecision): void {
    if (this.current) this.leftOpen = { reference: this.current.reference, decision };
  }

  /** Whether the gateway may have an answer now for the refund that was given up without one. */
  get hasAnswerToAskFor(): boolean {
    return this.hinted && this.leftOpen !== undefined;
  }

  /** The gateway has answered for the refund that was given up. */
  answered(): void {
    this.leftOpen = undefined;
  }

  /** The refund that was given up was paid: it is the payment's refund again. */
  takeUp({ reference }: UnansweredRefund): void {
    this.current = { reference, status: 'PENDING', statusReason: '' };
    this.leftOpen = undefined;
  }

  /** How much of the payment has gone back another way, in minor units: a refund is over the rest. */
  get elsewhereMinor(): number {
    return this.elsewhere;
  }

  goneElsewhere(minor: number): void {
    this.elsewhere = minor;
  }

  /** The gateway may have something new about the refund. */
  hint(): void {
    this.hinted = true;
  }

  get isHinted(): boolean {
    return this.hinted;
  }

  /** Called before a lookup: a hint that arrives during it may be newer than its answer. */
  followHint(): void {
    this.hinted = false;
  }

  /** What a person decided about a refund without outcome; undefined while it waits for that. */
  get command(): RefundSettlement | undefined {
    return this.manualOutcome;
  }

  commandDone(): void {
    this.manualOutcome = undefined;
    this.asked = 0;
  }

  // Messages: why one would be refused now (undefined: it would be taken), and what taking it means

  refusalOfCommand(command: RefundCommand): string | undefined {
    if (this.manualOutcome)
      return `${this.manualOutcome.operator} has decided already: ${this.manualOutcome.kind}`;
    const proposed = this.proposalRepeatedBy(command);
    return proposed && isSamePerson(proposed.operator, command.operator)
      ? `${proposed.operator} has proposed it: another operator has to send the same`
      : undefined;
  }

  onCommand(command: RefundCommand): string {
    const effect = effectOf(command);
    const proposed = this.proposalRepeatedBy(command);
    if (!this.needsSecond(command)) {
      this.manualOutcome = command;
    } else if (proposed) {
      this.manualOutcome = { ...proposed, ...confirmationBy(command) };
    } else {
      this.outcomeProposed = command;
      return `proposed: ${effect}; another operator has to send the same`;
    }
    this.outcomeProposed = undefined;
    return proposed ? `${effect}, as ${proposed.operator} has proposed` : effect;
  }

  /** A person decides from now on. @param takesTwo whether two have to say the same before money is taken for settled */
  awaitPerson(takesTwo: boolean): void {
    this.takesTwo = takesTwo;
  }

  /** What one operator says of the outcome, until another one says the same. */
  get proposed(): RefundCommand | undefined {
    return this.outcomeProposed;
  }

  private needsSecond({ kind }: RefundCommand): boolean {
    return this.takesTwo && kind !== 'retryRefund';
  }

  /** The proposal that a command says the same as. */
  private proposalRepeatedBy(command: RefundCommand): RefundCommand | undefined {
    const { outcomeProposed: proposed } = this;
    if (!proposed || !this.needsSecond(command)) return undefined;
    return effectOf(proposed) === effectOf(command) ? proposed : undefined;
  }

  view(): {
    readonly refundReference?: string;
    readonly refundStatus?: RefundStatus;
    readonly refundStatusReason?: string;
    readonly unansweredRefund?: string;
    readonly refundOutcomeProposed?: RefundCommand;
    readonly elsewhereMinor?: number;
  } {
    const always = {
      ...(this.leftOpen ? { unansweredRefund: this.leftOpen.reference } : {}),
      ...(this.outcomeProposed ? { refundOutcomeProposed: this.outcomeProposed } : {}),
      ...(this.elsewhereMinor > 0 ? { elsewhereMinor: this.elsewhereMinor } : {}),
    };
    if (!this.current) return always;
    const { reference, status, statusReason } = this.current;
    return {
      refundReference: reference,
      refundStatus: status,
      refundStatusReason: statusReason,
      ...always,
    };
  }
}

type Reversed = Pick<Reopened, 'statusReason' | 'unanswered' | 'elsewhereMinor'>;

/** A refund as one run hands it to the next. */
export interface CarriedRefund {
  readonly refund?: Refund | undefined;
  readonly stored?: boolean;
  readonly asked?: number;
  readonly unanswered?: UnansweredRefund | undefined;
  readonly takesTwo?: boolean;
  readonly proposed?: RefundCommand | undefined;
  readonly elsewhere?: number;
}

/** What a decision says of the refund, in a few words. */
export function effectOf(command: RefundCommand): string {
  switch (command.kind) {
    case 'retryRefund':
      return 'ask the gateway again';
    case 'markRefundPaid':
      return `it is paid as ${command.gatewayReference}`;
    case 'giveUpRefund':
      return 'it is not paid: back to review';
  }
}

interface Refund {
  readonly reference: string;
  readonly status: RefundStatus;
  readonly statusReason: string;
}
