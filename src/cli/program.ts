import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { projectRoot } from '../runtime/project-files.ts';
import { EXIT_CODES } from './output/exit.ts';

type AddCommands = (program: Command) => void;

/** Each file of commands is loaded when one of its commands is called, and all of them for the help. */
const FILES: readonly (readonly [commands: readonly string[], load: () => Promise<AddCommands>])[] = [
  [['block'], async () => (await import('./commands/block.ts')).addBlockCommand],
  [['status'], async () => (await import('./commands/payment.ts')).addPaymentCommands],
  [[], async () => (await import('./commands/messages.ts')).addMessageCommands],
  [['watch'], async () => (await import('./commands/watch.ts')).addWatchCommand],
  [['customer'], async () => (await import('./commands/customer.ts')).addCustomerCommands],
  [['account'], async () => (await import('./commands/account.ts')).addAccountCommands],
  [['keys'], async () => (await import('./commands/keys.ts')).addKeyCommands],
  [['sign-in', 'sign-out', 'whoami'], async () => (await import('./commands/sign-in.ts')).addSignInCommands],
  [['people'], async () => (await import('./commands/people.ts')).addPeopleCommands],
  [['chargeback'], async () => (await import('./commands/chargeback.ts')).addChargebackCommand],
  [['backtest'], async () => (await import('./commands/backtest.ts')).addBacktestCommand],
  [['rules'], async () => (await import('./commands/rules.ts')).addRulesCommands],
  [['lists'], async () => (await import('./commands/lists.ts')).addListCommands],
  [['reviews'], async () => (await import('./commands/reviews.ts')).addReviewsCommand],
  [['settings'], async () => (await import('./commands/settings.ts')).addSettingsCommands],
  [['changes'], async () => (await import('./commands/changes.ts')).addChangeCommands],
  [['ledger'], async () => (await import('./commands/ledger.ts')).addLedgerCommands],
  [['audit'], async () => (await import('./commands/audit.ts')).addAuditCommands],
  [['tasks'], async () => (await import('./commands/tasks.ts')).addTaskCommands],
  [['reconcile'], async () => (await import('./commands/reconcile.ts')).addReconcileCommand],
  [['webhooks'], async () => (await import('./commands/webhooks.ts')).addWebhookCommands],
  [['notifications'], async () => (await import('./commands/notifications.ts')).addNotificationCommands],
];

/** The command line with the commands that the arguments may mean; all of them where they name none. */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('payment-block')
    .description("Blocked payments and customers' blocks, their reviews, rules and books.")
    .version(version(), '--version', 'show the version')
    .addOption(
      new Option('--subscriber <id>', 'the service subscriber whose payments these are').env(
        'PAYMENT_BLOCK_SUBSCRIBER',
      ),
    )
    .option('--json', 'answer as JSON, errors too')
    .exitOverride()
    // The caller prints errors as JSON.
    .configureOutput({ outputError: (text, write) => args.includes('--json') || write(text) })
    .addHelpText(
      'after',
      `
Temporal is found by TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the other standard variables, the workers by TASK_QUEUE,
Postgres by DATABASE_URL.
Exit codes: ${EXIT_CODES}.`,
    );
  for (const add of await neededCommands(args)) add(program);
  return program;
}

/** The files of every command that the arguments may mean; an option's value may be spelled like a command. */
async function neededCommands(args: readonly string[]): Promise<AddCommands[]> {
  if (args.includes('--version')) return [];
  const named = FILES.filter(([commands]) => commands.some((command) => args.includes(command)));
  const needed = named.length === 0 || args.includes('--help') || args.includes('-h') ? FILES : named;
  return Promise.all(needed.map(([, load]) => load()));
}

function version(): string {
  const file = readFileSync(path.join(projectRoot, 'package.json'), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(file)).version;
}
