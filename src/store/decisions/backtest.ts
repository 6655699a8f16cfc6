import type { Money } from '../../domain/money.ts';
import { compareDecisions, type DecisionChange, type RuleChange } from '../../rules/compare.ts';
import { evaluate } from '../../rules/evaluate.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import { factsAsOf, type KnownRuleSets } from './facts-as-of.ts';
import type { Queryable } from '../db/postgres.ts';
import {
  type DecisionRange,
  type LaterOutcome,
  laterOutcomes,
  type RecordedDecision,
  recordedDecisions,
} from './recorded-decisions.ts';

/** What would have been decided otherwise, and what really happened later. */
export interface BacktestReport {
  readonly ruleSet: Pick<RuleSet, 'name' | 'version' | 'hash'>;
  readonly compared: number;
  /** Decisions for which aggregates were counted anew, since the recorded facts do not hold them as defined now. */
  readonly recounted: number;
  /** Decisions whose disposition or decline would differ. */
  readonly changed: number;
  /** Decisions with the same verdict that would differ in card types, notification or the request to block. */
  readonly otherAnswers: number;
  readonly later: readonly LaterCount[];
  readonly changes: readonly Change[];
  readonly rules: readonly ResponsibleRule[];
  readonly examples: readonly Example[];
}

interface LaterCount {
  readonly later: LaterOutcome;
  readonly compared: number;
  readonly changed: number;
}

/** Decisions that change in the same way and that the same became of. */
interface Change {
  readonly from: string;
  readonly to: string;
  readonly later: LaterOutcome;
  readonly decisions: number;
  /** The payments' amounts, one sum a currency; rules calls have none. */
  readonly amounts: readonly Money[];
}

/** A rule whose say differs, in how many decisions that would be answered otherwise, by what became of them. */
interface ResponsibleRule extends RuleChange {
  readonly decisions: number;
  readonly later: Readonly<Partial<Record<LaterOutcome, number>>>;
}

interface Example {
  /** The payment's unique reference, or the invoice of a rules call. */
  readonly about: string;
  readonly decidedAt: string;
  readonly from: string;
  readonly to: string;
  readonly later: LaterOutcome;
  readonly rules: readonly RuleChange[];
}

// Large enough that the way to Postgres is a small part of it, small enough to be done well within its time limit.
const BATCH = 1_000;
const EXAMPLES_PER_CHANGE = 2;

/**
 * Decides recorded decisions anew by `ruleSet`, on the facts as they were seen (see factsAsOf), and changes nothing.
 * @param known finds rule sets of the past by their hash; what is not known costs time and never correctness
 * @param onProgress called with how many decisions are done, after each batch
 */
export async function backtest(
  db: Queryable,
  ruleSet: RuleSet,
  range: DecisionRange,
  known: KnownRuleSets = () => undefined,
  onProgress: (done: number) => void = () => {},
): Promise<BacktestReport> {
  const tally = new Tally();
  const knownOrOwn: KnownRuleSets = (hash) => (hash === ruleSet.hash ? ruleSet : known(hash));
  for await (const decisions of recordedDecisions(db, range, BATCH)) {
    const { facts, recounted } = await factsAsOf(db, ruleSet, knownOrOwn, decisions);
    tally.recounted += recounted;
    for (const [index, decision] of decisions.entries()) {
      const now = evaluate(ruleSet, facts[index] ?? {});
      tally.add(decision, compareDecisions(decision, now));
    }
    onProgress(tally.compared);
  }
  return tally.report(ruleSet);
}

interface ChangeCount {
  readonly from: string;
  readonly to: string;
  readonly later: LaterOutcome;
  decisions: number;
  readonly amounts: Map<string, number>;
}

interface RuleCount extends RuleChange {
  decisions: number;
  readonly later: Partial<Record<LaterOutcome, number>>;
}

/** Counts while decisions pass by: what it keeps does not grow with them. */
class Tally {
  recounted = 0;
  compared = 0;
  private otherAnswers = 0;
  private readonly comparedBy = new Map<LaterOutcome, number>();
  private readonly changes = new Map<string, ChangeCount>();
  private readonly rules = new Map<string, RuleCount>();
  private readonly examples: Example[] = [];

  add(decision: RecordedDecision, difference: DecisionChange | undefined): void {
    const { later } = decision;
    this.compared += 1;
    this.comparedBy.set(later, (this.comparedBy.get(later) ?? 0) + 1);
    if (difference === undefined) return;
    if (difference.kind === 'answer') this.otherAnswers += 1;
    else this.addChange(decision, difference);
    for (const rule of difference.rules) this.addRule(rule, later);
  }

  report({ name, version, hash }: RuleSet): BacktestReport {
    const changes = [...this.changes.values()].toSorted((a, b) => b.decisions - a.decisions);
    const changedOf = (later: LaterOutcome) =>
      sum(changes.filter((change) => change.later === later).map(({ decisions }) => decisions));
    return {
      ruleSet: { name, version, hash },
      compared: this.compared,
      recounted: this.recounted,
      changed: sum(changes.map(({ decisions }) => decisions)),
      otherAnswers: this.otherAnswers,
      later: laterOutcomes.map((later) => ({
        later,
        compared: this.comparedBy.get(later) ?? 0,
        changed: changedOf(later),
      })),
      changes: changes.map(({ amounts, ...change }) => ({
        ...change,
        amounts: [...amounts].map(([currency, minor]) => ({ minor, currency })),
      })),
      rules: [...this.rules.values()].toSorted((a, b) => b.decisions - a.decisions),
      examples: this.examples,
    };
  }

  private addChange(decision: RecordedDecision, { from, to, rules }: DecisionChange): void {
    const { later, about, decidedAt, facts } = decision;
    const key = `${from} → ${to}, ${later}`;
    const change = this.changes.get(key) ?? { from, to, later, decisions: 0, amounts: new Map() };
    this.changes.set(key, change);
    change.decisions += 1;
    const { amountMinor, currency } = facts;
    if (typeof amountMinor === 'number' && typeof currency === 'string')
      change.amounts.set(currency, (change.amounts.get(currency) ?? 0) + amountMinor);
    if (change.decisions <= EXAMPLES_PER_CHANGE)
      this.examples.push({ about, decidedAt: decidedAt.toISOString(), from, to, later, rules });
  }

  private addRule({ ruleId, how }: RuleChange, later: LaterOutcome): void {
    const key = `${ruleId}: ${how}`;
    const rule = this.rules.get(key) ?? { ruleId, how, decisions: 0, later: {} };
    this.rules.set(key, rule);
    rule.decisions += 1;
    rule.later[later] = (rule.later[later] ?? 0) + 1;
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
