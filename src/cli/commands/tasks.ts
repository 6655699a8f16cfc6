import { type Command, Option } from 'commander';
import { z } from 'zod';
import { nextSteps, type Task, taskKinds, whyNotClosed } from '../../domain/task.ts';
import { inTransaction } from '../../store/db/postgres.ts';
import { closeTaskByHand, listTasks } from '../../store/tasks/tasks.ts';
import { withDatabase } from '../input/database.ts';
import { readRowNumber } from '../input/options.ts';
import { UsageError } from '../output/exit.ts';
import { align, print } from '../output/output.ts';
import { optionalSubscriberOf, signedInFor, subscriberOf, wantsJson } from '../input/session.ts';
import { callApi } from '../input/signed-in.ts';
import { signatureOf, signed } from '../input/signed.ts';

const listOptions = z.object({
  state: z.enum(['open', 'closed', 'all']),
  kind: z.enum(taskKinds).exactOptional(),
  limit: z.coerce.number().int().min(1).max(1000),
});

/** What the API answers where a task is closed. */
const closed = z.object({
  task: z.object({
    taskId: z.int(),
    kind: z.enum(taskKinds),
    subject: z.string(),
    summary: z.string(),
    details: z.record(z.string(), z.unknown()),
    openedAt: z.coerce.date(),
    closedAt: z.coerce.date(),
    closedBy: z.string(),
    closingReason: z.string(),
  }),
});

/** `tasks list` and `tasks close`: straight to Postgres. */
export function addTaskCommands(program: Command): void {
  const tasks = program.command('tasks').description('what needs a person and is no held payment');

  tasks
    .command('list', { isDefault: true })
    .description(
      'the tasks, newest first, with what to do; of every subscriber unless --subscriber names one',
    )
    .addOption(new Option('--state <state>').choices(['open', 'closed', 'all']).default('open'))
    .addOption(new Option('--kind <kind>').choices(taskKinds))
    .option('--limit <number>', '1 to 1000', '100')
    .action(async (_options: unknown, command: Command) => {
      const options = listOptions.safeParse(command.opts());
      if (!options.success) throw new UsageError('--limit is a whole number from 1 to 1000');
      const subscriberId = optionalSubscriberOf(command);
      const page = { subscriberId, ...options.data };
      const found = await withDatabase((pool) => listTasks(pool, page));
      const text = found.map(describeTask).join('\n\n');
      print(wantsJson(command), found, text === '' ? 'nothing needs a person' : text);
    });

  signed(tasks.command('close').argument('<taskId>', 'its number, as "tasks" shows it'))
    .description('close a task: it stays closed as long as nothing new is known of its subject')
    .action(async (text: string, _options: unknown, command: Command) => {
      const taskId = readRowNumber('a task', text);
      const session = signedInFor(command);
      const { actor: operator, reason } = signatureOf(command, session);
      if (session) {
        const answer = await callApi(session, 'POST', `/tasks/${taskId}/close`, { reason });
        const task = { ...closed.parse(answer).task, subscriberId: session.subscriberId };
        print(wantsJson(command), task, describeTask(task));
        return;
      }
      const subscriber = subscriberOf(command);
      const outcome = await withDatabase((pool) =>
        inTransaction(pool, (db) => closeTaskByHand(db, subscriber, taskId, { operator, reason })),
      );
      if (!outcome) throw new Error('not found: there is no such task of this service subscriber');
      const { closed: isClosed, task } = outcome;
      if (!isClosed) throw new Error(`refused: ${whyNotClosed(task)}`);
      print(wantsJson(command), task, describeTask(task));
    });
}

function describeTask(task: Task): string {
  const { closedAt, closedBy, closingReason } = task;
  return align([
    ['task', `${task.taskId}, ${task.kind}`],
    ['of', task.subscriberId],
    ['about', task.subject],
    ['known', task.summary],
    ['since', task.openedAt.toISOString()],
    ['to do', closedAt ? undefined : nextSteps[task.kind]],
    [
      'closed',
      closedAt ? `${closedAt.toISOString()} by ${closedBy ?? ''}: ${closingReason ?? ''}` : undefined,
    ],
  ]);
}
