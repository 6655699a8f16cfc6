#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { addAccountCommands } from './account.ts';
import { addBacktestCommand } from './backtest.ts';
import { addBlockCommand } from './block.ts';
import { addChargebackCommand } from './chargeback.ts';
import { addCustomerCommands } from './customer.ts';
import { EXIT, explainFailure } from './failures.ts';
import { addLedgerCommands } from './ledger.ts';
import { addListCommands } from './lists.ts';
import { addNotificationCommands } from './notifications.ts';
import { addPaymentCommands } from './payment.ts';
import { addReviewsCommand } from './reviews.ts';
import { addReconcileCommand } from './reconcile.ts';
import { addRulesCommands } from './rules.ts';
import { addSettingsCommands } from './settings.ts';
import { addTaskCommands } from './tasks.ts';
import { addWatchCommand } from './watch.ts';
import { addWebhookCommands } from './webhooks.ts';

const program = new Command('payment-block')
  .description("Blocked payments and customers' blocks, their reviews, rules and books.")
  .addOption(
    new Option('--subscriber <id>', 'the service subscriber whose payments these are').env(
      'PAYMENT_BLOCK_SUBSCRIBER',
    ),
  )
  .option('--json', 'answer as JSON')
  .exitOverride()
  .addHelpText(
    'after',
    `
Temporal is found by TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and the other standard variables, the workers by TASK_QUEUE,
Postgres by DATABASE_URL.
Exit codes: 0 done, 1 refused or not found, 2 used wrongly, 3 Temporal, the workers or Postgres cannot be reached.`,
  );
addBlockCommand(program);
addPaymentCommands(program);
addWatchCommand(program);
addCustomerCommands(program);
addAccountCommands(program);
addChargebackCommand(program);
addBacktestCommand(program);
addRulesCommands(program);
addListCommands(program);
addReviewsCommand(program);
addSettingsCommands(program);
addLedgerCommands(program);
addTaskCommands(program);
addReconcileCommand(program);
addWebhookCommands(program);
addNotificationCommands(program);

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed why, or the help that was asked for.
    process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.usage;
  } else {
    const { text, exitCode } = explainFailure(error);
    process.stderr.write(`${text}\n`);
    process.exitCode = exitCode;
  }
}
