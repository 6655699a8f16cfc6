import type { Command } from 'commander';
import { readFourEyes } from '../../config.ts';
import {
  ruleSetInFull,
  type StoredRuleSet,
  visibleRuleSet,
  visibleRuleSets,
} from '../../store/rules/rule-set-record.ts';
import { refusedFor } from '../../store/rules/rule-set-refused.ts';
import { activateRuleSet, addRuleSet, retireRuleSet, shadowRuleSet } from '../../store/rules/rule-sets.ts';
import { HIGHEST_COST } from '../../rules/cost.ts';
import { readDocument } from '../../store/rules/rule-set-file.ts';
import { shadowReport } from '../../store/decisions/shadow-report.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { print, table } from '../output/output.ts';
import {
  describeReport,
  describeRuleSet,
  describeRuleSetInFull,
  listRuleSets,
} from '../output/rules-text.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';
import { named, readDocumentFile, signed } from '../input/signed.ts';

/** `rules`: a subscriber's rule sets by version, on record. The subscriber '*' has the default beneath all. */
export function addRulesCommands(program: Command): void {
  const rules =
    program.commands.find((command) => command.name() === 'rules') ??
    program.command('rules').description('the rules that decide');

  signed(rules.command('add').argument('<file>'))
    .description('add a version as a draft, checked')
    .action(async (file: string, _options: unknown, command: Command) => {
      const document = await readDocumentFile(file);
      const subscriber = subscriberOf(command);
      const added = await withSignature(command, 'rules.write', (pool, by) =>
        addRuleSet(pool, subscriber, document, by),
      );
      printRuleSet(command, added);
    });

  rules
    .command('check')
    .argument('<file>')
    .description('check a document as "add" does, and show what each rule may cost; needs no database')
    .action(async (file: string, _options: unknown, command: Command) => {
      const read = readDocument(await readDocumentFile(file));
      if ('problems' in read) throw refusedFor(read.problems);
      const { name, version, hash, rules: checked } = read.ruleSet;
      const costs = checked
        .map(({ id, when }) => ({ rule: id, steps: when.cost }))
        .toSorted((a, b) => b.steps - a.steps);
      const steps = costs.reduce((sum, each) => sum + each.steps, 0);
      const text =
        `${table(
          ['rule', 'steps'],
          costs.map((each) => [each.rule, String(each.steps)]),
          ['steps'],
        )}\n\n` +
        `${name}, version ${version}, can be added: ${checked.length} rules, at most ${steps} of ${HIGHEST_COST.ruleSet} steps a decision.`;
      print(wantsJson(command), { name, version, hash, steps, rules: costs }, text);
    });

  rules
    .command('list')
    .description('all versions, the newest first, and those of the default beneath')
    .action(async (_options: unknown, command: Command) => {
      const subscriber = subscriberOf(command);
      const versions = await withDatabase((pool) => visibleRuleSets(pool, subscriber));
      print(wantsJson(command), versions, listRuleSets(versions));
    });

  rules
    .command('show')
    .argument('<ruleSet>', 'NAME@VERSION, its id or hash, or the first six characters or more')
    .description('one version: its document, and who changed its state and why')
    .action(async (ref: string, _options: unknown, command: Command) => {
      const subscriber = subscriberOf(command);
      const shown = await withDatabase(async (pool) => {
        const ruleSet = await visibleRuleSet(pool, subscriber, ref);
        return { ...ruleSet, ...(await ruleSetInFull(pool, ruleSet)) };
      });
      print(wantsJson(command), shown, describeRuleSetInFull(shown));
    });

  named(
    rules
      .command('shadow')
      .argument('[ruleSet]', 'puts this version into shadow; without it, reports on the one that is'),
  )
    .option('--reason <text>', 'why')
    .description('have a version decide beside the active one without acting, or see what it would have done')
    .action(async (ref: string | undefined, _options: unknown, command: Command) => {
      if (ref === undefined) return report(command, undefined);
      const subscriber = subscriberOf(command);
      const shadowed = await withSignature(command, 'rules.write', (pool, by) =>
        shadowRuleSet(pool, subscriber, ref, by),
      );
      printRuleSet(command, shadowed);
    });

  rules
    .command('report')
    .argument('<ruleSet>')
    .description('what a version that is or was in shadow would have decided otherwise')
    .action((ref: string, _options: unknown, command: Command) => report(command, ref));

  signed(rules.command('activate').argument('<ruleSet>'))
    .description('have a version decide, within five seconds; what was active is retired')
    .action(async (ref: string, _options: unknown, command: Command) => {
      printRuleSet(command, await change(command, ref, activateRuleSet));
    });

  signed(rules.command('retire').argument('<ruleSet>'))
    .description('take a version out of use')
    .action(async (ref: string, _options: unknown, command: Command) => {
      printRuleSet(command, await change(command, ref, retireRuleSet));
    });
}

async function change(command: Command, ref: string, work: typeof activateRuleSet): Promise<StoredRuleSet> {
  const subscriber = subscriberOf(command);
  const fourEyes = readFourEyes(process.env);
  return withSignature(command, 'rules.activate', (pool, by) => work(pool, subscriber, ref, by, fourEyes));
}

async function report(command: Command, ref: string | undefined): Promise<void> {
  const subscriber = subscriberOf(command);
  const told = await withDatabase((pool) => shadowReport(pool, subscriber, ref));
  print(wantsJson(command), told, describeReport(told));
}

function printRuleSet(command: Command, ruleSet: StoredRuleSet): void {
  print(wantsJson(command), ruleSet, describeRuleSet(ruleSet));
}
