/** What happens to a blocked payment (contract.md, "disposition of a blocked payment"). */
export type Disposition = (typeof dispositions)[number];

export const dispositions = ['RELEASE', 'HOLD', 'REFUND'] as const;

/** The seven documented fields of run-payisland-rules, in the document's order. */
export interface PayislandResponse {
  readonly cardTypeAvailableOnline: readonly string[];
  readonly blockOnlinePayment: boolean;
  readonly runPayislandRules: boolean;
  readonly customerBlocked: boolean;
  readonly declinePayment: boolean;
  readonly sendToGateway: boolean;
  readonly sendNotification: boolean;
}

/** A value that a rule can see. Whole numbers only: money is in minor units, counts are counts. */
export type FactValue = string | number | boolean | readonly string[];

/** The facts of one evaluation by name; null is a fact that was not given or could not be had. */
export type Facts = Readonly<Record<string, FactValue | null>>;

/** What one rule did. */
export interface RuleResult {
  readonly ruleId: string;
  readonly description: string;
  /** `missingFact`: a fact that the condition needs was null. The rule then holds the payment: it fails closed. */
  readonly outcome: 'matched' | 'notMatched' | 'missingFact' | 'error';
  /** Why the condition could not be evaluated; only with the outcome `error`, which holds the payment as well. */
  readonly error?: string;
  /** The values of the facts that the condition names. */
  readonly saw: Facts;
  /** Those of them that are sums of amounts, in minor units of the payment's currency. */
  readonly sums?: readonly string[];
  /** What the rule added to the decision; empty unless it matched or failed closed. */
  readonly contributed: readonly RuleEffect[];
}

/** What a matching rule can contribute. */
export type RuleEffect =
  | 'decline'
  | 'hold'
  | 'blockOnlinePayment'
  | 'customerBlocked'
  | 'notify'
  | `removeCardType:${string}`
  /** Points towards the rule set's score thresholds; negative ones speak for the payment. */
  | `score:${number}`;

/** Everything a decision was made of: enough to explain it, and to make it again. */
export interface Decision {
  readonly ruleSet: { readonly name: string; readonly version: number; readonly hash: string };
  readonly facts: Facts;
  readonly results: readonly RuleResult[];
  readonly response: PayislandResponse;
  readonly disposition: Disposition;
}
