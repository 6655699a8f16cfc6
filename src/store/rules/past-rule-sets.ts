import { z } from 'zod';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { Queryable } from '../db/postgres.ts';
import { readDocument } from './rule-set-file.ts';

const row = z.object({ hash: z.string(), document: z.string() });

/**
 * Every version on record that was ever active, by its hash: what decisions of the past name. One that this version of
 * the software cannot read any more is left out.
 */
export async function pastRuleSets(db: Queryable): Promise<ReadonlyMap<string, RuleSet>> {
  const { rows } = await db.query<Record<string, unknown>>(
    'select distinct hash, document from rule_sets where activated_at is not null',
  );
  return new Map(
    z
      .array(row)
      .parse(rows)
      .flatMap(({ hash, document }) => {
        const read = readDocument(document);
        return 'ruleSet' in read ? [[hash, read.ruleSet] as const] : [];
      }),
  );
}
