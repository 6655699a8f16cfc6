/**
 * What needs a person and is no held payment.
 *
 * refundFailed   the outcome of a refund is unknown
 * missingHere    the gateway has a refund that is not on record
 * missingThere   a refund on record is not in the gateway's report
 * amountDiffers  both have it, over different amounts
 * statusDiffers  both have it, and say different things became of it
 * chargedBack    a bank took back money that had gone to the customer or the merchant already
 * mailUndelivered  a mail was given up: the mail server has not taken it in three days, or refuses its recipients
 * stepFailed     a step was given up: the record refused it, or it kept failing
 * changeProposed  a change that takes two people waits for the second one
 * inconsistent   workflow, payment, ledger, refund or outbox do not agree with each other
 */
export const taskKinds = [
  'refundFailed',
  'missingHere',
  'missingThere',
  'amountDiffers',
  'statusDiffers',
  'chargedBack',
  'mailUndelivered',
  'stepFailed',
  'inconsistent',
  'changeProposed',
] as const;

export type TaskKind = (typeof taskKinds)[number];

/** Whose a task is that belongs to no subscriber: a refund that only the gateway knows. */
export const NO_SUBSCRIBER = '*';

/** What has come up. The same kind and subject is one task for as long as it is open. */
export interface NewTask {
  readonly subscriberId: string;
  readonly kind: TaskKind;
  /** "payment:<uniqueReference>", "refund:<refundReference>", "gatewayRefund:<gateway>:<its reference>", "change:<changeId>", "mail" or "outbox" */
  readonly subject: string;
  /** What is known, in a sentence or two. */
  readonly summary: string;
  /** What the summary was made of, as data. As long as it is the same, nothing new is known. */
  readonly details: Readonly<Record<string, unknown>>;
}

export interface Task extends NewTask {
  readonly taskId: number;
  readonly openedAt: Date;
  readonly closedAt: Date | null;
  readonly closedBy: string | null;
  readonly closingReason: string | null;
}

/** Kinds that a person cannot close by saying so: what settles the refund or the change closes the task. */
export const closedByWhatSettlesIt: readonly TaskKind[] = ['refundFailed', 'changeProposed'];

/** Whether a person may close it by saying so. */
export function mayBeClosedByHand(kind: TaskKind): boolean {
  return !closedByWhatSettlesIt.includes(kind);
}

/** Why a task was not closed by hand: another person was faster, or only what settles it closes it. */
export function whyNotClosed({ kind, closedAt, closedBy, closingReason }: Task): string {
  const why = closedAt === null ? nextSteps[kind] : `${closedBy ?? ''} has closed it: ${closingReason ?? ''}`;
  return why.replace(/\.$/, '');
}

/** What has come up, in a few words. */
export const taskTitles: { readonly [K in TaskKind]: string } = {
  refundFailed: 'a refund has no known outcome',
  missingHere: 'the gateway has a refund that we do not know',
  missingThere: 'a refund of ours is not in the report of the gateway',
  amountDiffers: 'a refund has two amounts',
  statusDiffers: 'a refund came out differently at the gateway',
  chargedBack: 'a chargeback after a refund or a release',
  mailUndelivered: 'a mail was given up',
  stepFailed: 'a step was given up',
  inconsistent: 'our own records do not agree',
  changeProposed: 'a change waits for a second person',
};

/** What a person does next about a task of a kind. */
export const nextSteps: { readonly [K in TaskKind]: string } = {
  refundFailed:
    'Look the refund up at the gateway by its reference. Then send retryRefund, markRefundPaid or giveUpRefund to the ' +
    'payment in the Temporal UI; that closes the task.',
  missingHere:
    'Find out at the gateway who made this refund and for which payment. If it is a second one for the same payment, ' +
    'the money was paid twice: get it back. If it was made on purpose, close the task and say why.',
  missingThere:
    'Look the refund up at the gateway by its reference. If it was paid another way, close the task and say how. If it ' +
    'was not paid, the customer still waits for the money: pay it, and say so when you close the task.',
  amountDiffers:
    'Look at both amounts at the gateway and in the statement of the payment. Settle the difference with the customer ' +
    'or the gateway, then close the task and say how.',
  statusDiffers:
    'The payment has looked the refund up again. If the task is still open after the next reconciliation, look ' +
    'the refund up at the gateway, put right what is wrong, then close the task and say how.',
  chargedBack:
    'Contest the chargeback at the gateway with the proof of the refund, or collect the money from the merchant. Then ' +
    'record how it ended (payment-block chargeback … --outcome won, lost or withdrawn); won or withdrawn closes the task.',
  mailUndelivered:
    'Put right what the mail server says: the recipients are in the notification settings, the server in SMTP_URL. Look at ' +
    'the reviews for what waits meanwhile, send the mail again (payment-block notifications resend), then close the task.',
  stepFailed:
    'Read why in the summary and in the details of the run. If it names the data of a message, send the message again ' +
    'with other data; if not, have the cause removed, then decide the payment again. Close the task and say how.',
  inconsistent:
    'Compare the sides that are named. It closes by itself once they agree; if they do not within an hour, open the ' +
    'run in the Temporal UI, find where it stopped, and put it right before anything else is done with the payment.',
  changeProposed:
    'Read it (payment-block changes show, with its number), then confirm it with its hash (payment-block changes ' +
    'confirm), or reject it (changes reject). The person who has proposed it cannot confirm it. Until then nothing of it ' +
    'is in force, and after a week it expires.',
};
