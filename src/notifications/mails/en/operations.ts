import { nextSteps, taskTitles } from '../../../domain/task.ts';
import { linkToTasks } from '../facts.ts';
import type { Mails } from '../mails.ts';
import { commandToPaste } from '../paste.ts';
import { words } from './words.ts';

const { operator, reason } = words.placeholders;

export const operationsMails: Mails<
  'rulesAlert' | 'taskOpened' | 'tasksOpened' | 'webhookDisabled' | 'auditSealed'
> = {
  rulesAlert: ({ invoiceGUID, declinePayment, reasons }) => ({
    subject: `Rules: ${declinePayment ? 'decline the payment of' : 'take note of'} invoice ${invoiceGUID}`,
    body: [
      {
        paragraph: declinePayment
          ? ['The rules were asked about this invoice: its payment ', { strong: 'must be declined' }, '.']
          : 'The rules were asked about this invoice: its payment may go on, but it deserves a look.',
      },
      { facts: [[words.labels.invoice, invoiceGUID]] },
      ...(reasons.length === 0 ? [] : [{ paragraph: 'Why:' }, { list: reasons }]),
    ],
  }),

  taskOpened: ({ taskId, kind, summary }, context) => ({
    subject: `Look into it: task ${taskId}, ${taskTitles[kind]}`,
    body: [
      {
        paragraph:
          kind === 'changeProposed'
            ? 'A person has proposed a change that takes two.'
            : 'A check has found something that a person has to settle.',
      },
      {
        facts: [
          ['Task', String(taskId)],
          ['Found', { strong: summary }],
          ['At the desk', { link: 'the open tasks', to: linkToTasks(context) }],
        ],
      },
      { heading: 'What to do' },
      { paragraph: nextSteps[kind] },
      ...(kind === 'changeProposed'
        ? [
            { paragraph: 'This command shows what waits, each with the command that confirms it:' },
            { paste: commandToPaste(['changes'], { subscriber: context.subscriberId }) },
          ]
        : [
            {
              paragraph:
                'These commands show all open tasks, and close this one if it does not close by itself:',
            },
            {
              paste: [
                commandToPaste(['tasks']),
                commandToPaste(['tasks', 'close', String(taskId)], {
                  subscriber: context.subscriberId,
                  by: operator,
                  reason,
                }),
              ].join('\n'),
            },
          ]),
    ],
  }),

  tasksOpened: ({ total, taskIds, summaries }, context) => ({
    subject: `Look into it: ${total} new tasks`,
    body: [
      { paragraph: `A check has found ${total} things that a person has to settle.` },
      { facts: [['At the desk', { link: 'the open tasks', to: linkToTasks(context) }]] },
      { list: summaries.map((summary, index) => `Task ${taskIds[index]}: ${summary}`) },
      ...(total > taskIds.length ? [{ paragraph: `The list has the first ${taskIds.length} of them.` }] : []),
      { heading: 'What to do' },
      { paragraph: 'This command shows all open tasks, each with what to do about it:' },
      { paste: commandToPaste(['tasks']) },
    ],
  }),

  webhookDisabled: ({ endpointId, url, reason: cause }, { subscriberId }) => ({
    subject: `Webhook disabled: ${url} gets no more events`,
    body: [
      {
        paragraph:
          'This webhook endpoint was disabled and gets no more events. Those that were waiting for it are cancelled.',
      },
      {
        facts: [
          ['Endpoint', endpointId],
          ['Address', url],
          ['Why', { strong: cause }],
        ],
      },
      { heading: 'What to do' },
      { paragraph: 'Repair the receiver. Then enable the endpoint, and resend what it has missed:' },
      {
        paste: [
          commandToPaste(['webhooks', 'enable', endpointId], {
            subscriber: subscriberId,
            by: operator,
            reason,
          }),
          commandToPaste(['notifications', 'list'], { subscriber: subscriberId, state: 'cancelled' }),
          commandToPaste(['notifications', 'resend', 'EVENT_ID'], {
            to: endpointId,
            subscriber: subscriberId,
            by: operator,
          }),
        ].join('\n'),
      },
    ],
  }),

  auditSealed: ({ hash, lastId, sealedAt }, { timeZone }) => ({
    subject: `Keep this mail: the audit is sealed up to entry ${lastId}`,
    body: [
      {
        paragraph:
          'Every entry of the audit so far is under this seal. The mail lies where the owner of the database does not reach it: keep it.',
      },
      {
        facts: [
          ['Sealed', words.moment(sealedAt, timeZone)],
          ['Last entry', String(lastId)],
        ],
      },
      { heading: 'What it is for' },
      {
        paragraph:
          'This command tells whether the audit is still what was sealed then. There is nothing to do now.',
      },
      { paste: commandToPaste(['audit', 'verify'], { head: hash }) },
    ],
  }),
};
