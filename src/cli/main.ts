#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { addAccountCommands } from './commands/account.ts';
import { addBacktestCommand } from './commands/backtest.ts';
import { addBlockCommand } from './commands/block.ts';
import { addChargebackCommand } from './commands/chargeback.ts';
import { addCustomerCommands } from './commands/customer.ts';
import { EXIT, explainFailure } from './output/failures.ts';
import { addLedgerCommands } from './commands/ledger.ts';
import { addListCommands } from './commands/lists.ts';
import { addNotificationCommands } from './commands/notifications.ts';
import { addPaymentCommands } from './commands/payment.ts';
import { addReviewsCommand } from './commands/reviews.ts';
import { addReconcileCommand } from './commands/reconcile.ts';
import { addRulesCommands } from './commands/rules.ts';
import { addSettingsCommands } from './commands/settings.ts';
import { addTaskCommands } from './commands/tasks.ts';
import { addWatchCommand } from './commands/watch.ts';
import { addWebhookCommands } from './commands/webhooks.ts';

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
