import { isDeepStrictEqual } from 'node:util';
import type { Facts } from '../../domain/decision.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { RuleSubject } from '../../rules/subject.ts';
import { gatherFacts, type SeenFacts } from './facts.ts';
import type { Queryable } from '../db/postgres.ts';

type Declarations = Pick<RuleSet, 'aggregates' | 'lists'>;

/**
 * The facts of two rule sets, gathered at once, so that both decide on the same payment at the same moment. A name may
 * mean one thing to the one and another to the other: each gets its own.
 * @param onlyShadow what `onlyOfShadow` finds in the two
 */
export async function gatherFactsForBoth(
  db: Queryable,
  active: Declarations,
  shadow: Declarations,
  onlyShadow: Declarations,
  subject: RuleSubject,
): Promise<{ readonly active: SeenFacts; readonly shadow: Facts }> {
  const { facts: all, seenAt } = await gatherFacts(
    db,
    {
      aggregates: [...active.aggregates, ...onlyShadow.aggregates],
      lists: [...active.lists, ...onlyShadow.lists],
    },
    subject,
  );
  const common = without(all, [...namesOf(active), ...namesOf(onlyShadow)]);
  const ofActive = namesOf(active).map((name) => [name, all[name] ?? null]);
  const ofShadow = namesOf(shadow).map((name) => {
    const own = asideName(name);
    return [name, all[own in all ? own : name] ?? null];
  });
  return {
    active: { facts: { ...common, ...Object.fromEntries(ofActive) }, seenAt },
    shadow: { ...common, ...Object.fromEntries(ofShadow) },
  };
}

/** The facts that the shadow asks for and the active one does not, under names that neither uses. */
export function onlyOfShadow(active: Declarations, shadow: Declarations): Declarations {
  return {
    aggregates: shadow.aggregates.filter((own) => !isAmong(own, active.aggregates)).map(aside),
    lists: shadow.lists.filter((own) => !isAmong(own, active.lists)).map(aside),
  };
}

/** No fact of a rule set is called so: their names have no space. */
function asideName(name: string): string {
  return `shadow ${name}`;
}

function aside<T extends { readonly name: string }>(declaration: T): T {
  return { ...declaration, name: asideName(declaration.name) };
}

function isAmong(declaration: unknown, others: readonly unknown[]): boolean {
  return others.some((other) => isDeepStrictEqual(declaration, other));
}

function namesOf({ aggregates, lists }: Declarations): string[] {
  return [...aggregates, ...lists].map(({ name }) => name);
}

function without(facts: Facts, names: readonly string[]): Facts {
  return Object.fromEntries(Object.entries(facts).filter(([name]) => !names.includes(name)));
}
