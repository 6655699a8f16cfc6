import { minorUnitDigits } from '../domain/currencies.ts';
import type { Decision, Facts, FactValue, RuleResult } from '../domain/decision.ts';
import { formatMoney } from '../domain/money.ts';
import { isBarred } from './compose.ts';
import { type FactDeclaration, factCatalogue } from './facts.ts';

/**
 * Why a decision came out as it did: one line for every rule that matched or that held for want of a fact, in the
 * rule set's order; none where no rule had anything to say.
 *
 * The lines are for mails and operators' screens: no names and no addresses, of a card no more than its last four.
 */
export function explain({ facts, results }: Decision): string[] {
  const lines = results.filter(hasSay).map((result) => lineOf(result, facts['currency']));
  const toldByRule = results.some(({ contributed }) => contributed.includes('customerBlocked'));
  return isBarred(facts) && !toldByRule
    ? ['the customer is blocked, so the payment is declined', ...lines]
    : lines;
}

function hasSay({ outcome, contributed }: RuleResult): boolean {
  return outcome === 'matched' || contributed.length > 0;
}

function lineOf(
  { ruleId, description, outcome, saw, sums = [], error }: RuleResult,
  currency: FactValue | null | undefined,
): string {
  if (outcome === 'missingFact') {
    const missing = Object.keys(saw).filter((name) => saw[name] === null);
    return `${ruleId}: held, because it needs what was not given (${missing.join(', ')})`;
  }
  if (outcome === 'error') {
    return `${ruleId}: held, because its condition failed (${error ?? 'no reason given'})`;
  }
  const values = valuesOf(asWritten(saw, sums, currency));
  return values.length === 0
    ? `${ruleId}: ${description}`
    : `${ruleId}: ${description} (${values.join(', ')})`;
}

/**
 * What the rule set itself counts, sums and looks up, as it was at the decision: name and value; of what could not be
 * counted the value is missing.
 */
export function countsOf({
  facts,
  results,
}: Decision): (readonly [name: string, value: string | undefined])[] {
  const sums = results.flatMap((result) => result.sums ?? []);
  return Object.entries(asWritten(facts, sums, facts['currency']))
    .filter(([name]) => !declarations.has(name))
    .map(([name, value]) => [name, value === null ? undefined : String(value)]);
}

/** Sums as people write amounts. */
export function asWritten(
  saw: Facts,
  sums: readonly string[],
  currency: FactValue | null | undefined,
): Facts {
  if (typeof currency !== 'string' || minorUnitDigits(currency) === undefined) return saw;
  const written = Object.entries(saw).map(([name, value]) => {
    const isSum = typeof value === 'number' && sums.includes(name);
    return [name, isSum ? formatMoney({ minor: value, currency }) : value];
  });
  return Object.fromEntries(written);
}

function valuesOf(saw: Facts): string[] {
  const { amountMinor, currency, ...rest } = saw;
  const amount =
    typeof amountMinor === 'number' && typeof currency === 'string' && minorUnitDigits(currency) !== undefined
      ? [`amount = ${formatMoney({ minor: amountMinor, currency })}`]
      : valuesByName({ ...(amountMinor != null && { amountMinor }), ...(currency != null && { currency }) });
  return [...amount, ...valuesByName(rest)];
}

function valuesByName(facts: Facts): string[] {
  return Object.entries(facts)
    .filter(([name, value]) => value !== null && isShown(name))
    .map(([name, value]) => `${name} = ${String(value)}`);
}

const declarations: ReadonlyMap<string, FactDeclaration> = new Map(Object.entries(factCatalogue));

/** What a rule set declares itself are counts and list hits: nothing personal. */
function isShown(name: string): boolean {
  return declarations.get(name)?.personal !== true;
}
