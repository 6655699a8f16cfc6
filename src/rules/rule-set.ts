import type { RuleEffect } from '../domain/decision.ts';
import type { Condition } from './condition.ts';
import type { IpList } from './lists.ts';
import type { AttemptKey } from './subject.ts';

/** A rule set as it is evaluated: read, checked and compiled from its document by parseRuleSet. */
export interface RuleSet {
  readonly name: string;
  readonly version: number;
  /** Digest of the document's text: two rule sets with the same hash decide alike. */
  readonly hash: string;
  /** Whether blockOnlinePayment blocks the customer, or only has the caller do so (contract.md, "rules call side effects"). */
  readonly enforce: boolean;
  readonly cardTypesAvailableOnline: readonly string[];
  readonly aggregates: readonly Aggregate[];
  readonly lists: readonly IpList[];
  readonly scoreThresholds: readonly ScoreThreshold[];
  /** Highest priority first, then by id. */
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly id: string;
  readonly description: string;
  readonly when: Condition;
  /** What it adds to the decision; a rule that adds nothing is only seen in the explanation. */
  readonly then: readonly RuleEffect[];
  /** Orders the results and the explanation, highest first; what is decided does not depend on it. */
  readonly priority: number;
  /** What becomes of the payment when a fact that the condition needs is not there. */
  readonly ifMissing: 'hold' | 'skip';
}

/**
 * A fact counted or summed over earlier attempts and the one being decided on: an attempt is one evaluation of the
 * rules. With `only`, the attempt being decided on is left out: how it ends is not known yet.
 */
export interface Aggregate {
  readonly name: string;
  readonly measure: Measure;
  /** What the attempts have in common with the one being decided on. */
  readonly over: AttemptKey;
  readonly windowSeconds: number;
  readonly only: 'declined' | 'accepted' | null;
}

/**
 * How many attempts; the sum of their amounts in minor units, of those in the currency of the one being decided on; or
 * how many different ones of a key.
 */
export type Measure = 'attempts' | 'amount' | AttemptKey;

/** What the rules do together that none of them does alone: from this sum of their scores on, the effect holds. */
export interface ScoreThreshold {
  readonly effect: (typeof thresholdEffects)[number];
  readonly score: number;
}

export const thresholdEffects = ['notify', 'hold', 'decline'] as const;
