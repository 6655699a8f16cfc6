/** A rule set's document with one rule. */
export function documentOf({
  name = 'trial',
  version = 1,
  when = 'onlinePayment',
  effects = ['decline'],
  rest = {},
}: {
  readonly name?: string;
  readonly version?: number;
  readonly when?: string;
  readonly effects?: readonly string[];
  readonly rest?: object;
} = {}): string {
  return JSON.stringify(
    {
      name,
      version,
      cardTypesAvailableOnline: ['VISA', 'MASTERCARD', 'AMEX'],
      rules: [{ id: 'trial-rule', description: 'On trial', when, then: effects }],
      ...rest,
    },
    null,
    2,
  );
}
