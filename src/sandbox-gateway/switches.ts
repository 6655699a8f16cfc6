import { z } from 'zod';

const reach = {
  /** For so many calls; without it until reset. */
  calls: z.int().positive().optional(),
  /** Only for refunds to this payment option. */
  paymentOptionToken: z.string().min(1).optional(),
};
const onEither = { ...reach, on: z.enum(['submit', 'lookup']).default('submit') };
const onSubmit = { ...reach, on: z.literal('submit').default('submit') };
const when = z.enum(['beforeBooking', 'afterBooking']);
const milliseconds = z
  .int()
  .min(0)
  .max(7 * 24 * 3600 * 1000);

const switchSchema = z.discriminatedUnion('misbehave', [
  z.strictObject({
    misbehave: z.literal('decline'),
    reason: z.string().default('the payment option does not take refunds'),
    ...onSubmit,
  }),
  z.strictObject({ misbehave: z.literal('captureLater'), ms: milliseconds, ...onSubmit }),
  z.strictObject({
    misbehave: z.literal('processAs'),
    amountMinor: z.int().positive(),
    currency: z.string().length(3),
    ...onSubmit,
  }),
  z.strictObject({ misbehave: z.literal('forgetKeys'), ...onSubmit }),
  z.strictObject({
    misbehave: z.literal('slow'),
    ms: milliseconds,
    when: when.default('beforeBooking'),
    ...onEither,
  }),
  z.strictObject({ misbehave: z.literal('error500'), when, ...onEither }),
  z.strictObject({
    misbehave: z.literal('tooMany'),
    retryAfterSeconds: z.int().min(0).default(1),
    ...onEither,
  }),
  z.strictObject({ misbehave: z.literal('dropAnswer'), ...onEither }),
]);

/** What `PUT /switches` takes: the whole list, which replaces the one before. */
export const switchList = z.array(switchSchema);

/**
 * One way to misbehave, and for whom.
 *
 * decline       accepts the refund and settles it as declined
 * captureLater  leaves it pending for so long
 * processAs     pays this amount instead of the one asked for
 * forgetKeys    does not remember any idempotency key
 * slow          takes so long before it books, or between booking and answering
 * error500      answers 500 before it books (nothing is paid) or after it (paid all the same)
 * tooMany       answers 429 and how long to wait; nothing is paid
 * dropAnswer    does the work and breaks the connection instead of answering
 */
export type Switch = Readonly<z.infer<typeof switchSchema>>;

/** A switch as a caller may write it, with what has a default left out. */
export type SwitchInput = z.input<typeof switchSchema>;

/** The switches set now. They are not kept over a restart: only money is. */
export class Switches {
  private set: Switch[] = [];

  list(): readonly Switch[] {
    return this.set;
  }

  replace(switches: readonly Switch[]): void {
    this.set = [...switches];
  }

  /** The switches that take part in a call: all that match it, and each has counted the call. */
  take(on: Switch['on'], paymentOptionTokens: readonly string[]): Switch[] {
    const taken = this.set.filter(
      (one) =>
        one.on === on &&
        (one.paymentOptionToken === undefined || paymentOptionTokens.includes(one.paymentOptionToken)),
    );
    this.set = this.set
      .map((one) =>
        one.calls === undefined || !taken.includes(one) ? one : { ...one, calls: one.calls - 1 },
      )
      .filter((one) => one.calls !== 0);
    return taken;
  }
}

/** The first switch of a kind, with its own fields. */
export function find<K extends Switch['misbehave']>(
  switches: readonly Switch[],
  kind: K,
): Extract<Switch, { misbehave: K }> | undefined {
  return switches.find((one): one is Extract<Switch, { misbehave: K }> => one.misbehave === kind);
}
