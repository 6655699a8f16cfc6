import { z } from 'zod';
import { formatProblem } from '../../rules/parse-rule-set.ts';
import type { RuleSet } from '../../rules/rule-set.ts';
import type { Queryable } from '../db/postgres.ts';
import { readDocument } from './rule-set-file.ts';
import { EVERYBODY } from '../../domain/people.ts';
import type { RuleSets, RuleSetsInForce, ShadowRuleSet } from '../../rules/rule-sets-in-force.ts';

/** After so long the record is asked again: an activation acts everywhere within this time. */
const FRESH_MS = 2_000;

/**
 * The rule sets on record. What is in force for a subscriber is asked for at most every two seconds, by hash; a
 * document is read and compiled once a process. Whatever is wrong with a document or the record, there is an answer:
 * a payment must not wait for it.
 */
export class StoredRuleSets implements RuleSets {
  private readonly db: Queryable;
  private readonly fallback: RuleSet;
  private readonly complain: (problem: string) => void;
  private readonly known = new Map<
    string,
    { readonly at: number; readonly inForce: Promise<RuleSetsInForce> }
  >();
  /** By hash; undefined for a document that cannot be read. */
  private readonly compiled = new Map<string, RuleSet | undefined>();

  /**
   * @param fallback decides where no rule set is active
   * @param complain called with why another rule set decides than the one that was activated
   */
  constructor(db: Queryable, fallback: RuleSet, complain: (problem: string) => void) {
    this.db = db;
    this.fallback = fallback;
    this.complain = complain;
  }

  of(subscriberId: string): Promise<RuleSetsInForce> {
    const last = this.known.get(subscriberId);
    if (last && Date.now() - last.at < FRESH_MS) return last.inForce;
    const inForce = this.ask(subscriberId).catch((error: unknown) => {
      if (!last) {
        this.known.delete(subscriberId);
        throw error;
      }
      this.complain(
        `the rule sets of ${subscriberId} could not be looked up, so the last ones known decide: ${String(error)}`,
      );
      return last.inForce;
    });
    // Calls that come meanwhile wait for the same answer.
    this.known.set(subscriberId, { at: Date.now(), inForce });
    return inForce;
  }

  private async ask(subscriberId: string): Promise<RuleSetsInForce> {
    const { rows } = await this.db.query<Record<string, unknown>>(
      `select id, subscriber_id, hash, state from rule_sets
        where subscriber_id in ($1, '${EVERYBODY}') and state in ('active', 'shadow')`,
      [subscriberId],
    );
    const versions = z.array(versionRow).parse(rows);
    const own = versions.filter((version) => version.subscriber_id === subscriberId);
    const beneath = versions.filter((version) => version.subscriber_id === EVERYBODY);
    const isActive = ({ state }: Version): boolean => state === 'active';
    const isShadow = ({ state }: Version): boolean => state === 'shadow';

    const ownActive = own.find(isActive);
    const active = (await this.decider(ownActive)) ?? (await this.decider(beneath.find(isActive)));
    // The default's shadow is tried where the default decides.
    const shadow = own.find(isShadow) ?? (ownActive === undefined ? beneath.find(isShadow) : undefined);
    const tried = await this.shadow(shadow);
    return { active: active ?? this.fallback, ...(tried === undefined ? {} : { shadow: tried }) };
  }

  /** The active version, or the one before it that can be read. */
  private async decider(active: Version | undefined): Promise<RuleSet | undefined> {
    if (active === undefined) return undefined;
    const ruleSet = await this.read(active);
    if (ruleSet) return ruleSet;
    const { rows } = await this.db.query<Record<string, unknown>>(
      `select id, subscriber_id, hash, state from rule_sets
        where subscriber_id = $1 and state = 'retired' and activated_at is not null
        order by activated_at desc`,
      [active.subscriber_id],
    );
    for (const earlier of z.array(versionRow).parse(rows)) {
      const lastGood = await this.read(earlier);
      if (lastGood) return lastGood;
    }
    return undefined;
  }

  private async shadow(version: Version | undefined): Promise<ShadowRuleSet | undefined> {
    const ruleSet = version && (await this.read(version));
    return version && ruleSet && { ruleSetId: version.id, ruleSet };
  }

  private async read({ id, hash, state, subscriber_id }: Version): Promise<RuleSet | undefined> {
    if (this.compiled.has(hash)) return this.compiled.get(hash);
    const { rows } = await this.db.query<Record<string, unknown>>(
      'select document from rule_sets where id = $1',
      [id],
    );
    const parsed = readDocument(z.object({ document: z.string() }).parse(rows[0]).document);
    if ('problems' in parsed) {
      this.complain(
        `the ${state} rule set ${id} of ${subscriber_id} cannot be read by this version of the software, and is not ` +
          `used: the last one that can be read, else the default, stays in force. ${parsed.problems.map(formatProblem).join('; ')}`,
      );
    }
    const ruleSet = 'ruleSet' in parsed ? parsed.ruleSet : undefined;
    this.compiled.set(hash, ruleSet);
    return ruleSet;
  }
}

const versionRow = z.object({
  id: z.string(),
  subscriber_id: z.string(),
  hash: z.string(),
  state: z.string(),
});

type Version = z.infer<typeof versionRow>;
