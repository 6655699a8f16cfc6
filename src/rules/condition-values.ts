import type { FactValue, Facts } from '../domain/decision.ts';

/** The facts that were given, in CEL's own types. */
export type ConditionValues = ReadonlyMap<string, FactValue | bigint>;

/** The facts as conditions read them: whole numbers as CEL ints, and without those that were not given. */
export function conditionValues(facts: Facts): ConditionValues {
  const values = new Map<string, FactValue | bigint>();
  for (const [name, value] of Object.entries(facts)) {
    if (value !== null) values.set(name, Number.isSafeInteger(value) ? BigInt(Number(value)) : value);
  }
  return values;
}
