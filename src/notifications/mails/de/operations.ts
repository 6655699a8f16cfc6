import type { TaskKind } from '../../../domain/task.ts';
import { linkToTasks } from '../facts.ts';
import type { Mails } from '../mails.ts';
import { commandToPaste } from '../paste.ts';
import { words } from './words.ts';

const { operator, reason } = words.placeholders;

export const operationsMails: Mails<
  'rulesAlert' | 'taskOpened' | 'tasksOpened' | 'webhookDisabled' | 'auditSealed'
> = {
  rulesAlert: ({ invoiceGUID, declinePayment, reasons }) => ({
    subject: declinePayment
      ? `Regeln: Zahlung zur Rechnung ${invoiceGUID} ablehnen`
      : `Regeln: Hinweis zur Rechnung ${invoiceGUID}`,
    body: [
      {
        paragraph: declinePayment
          ? ['Die Regeln wurden zu dieser Rechnung gefragt: Die Zahlung ', { strong: 'ist abzulehnen' }, '.']
          : 'Die Regeln wurden zu dieser Rechnung gefragt: Die Zahlung ist zulässig, sollte aber angesehen werden.',
      },
      { facts: [[words.labels.invoice, invoiceGUID]] },
      ...(reasons.length === 0 ? [] : [{ paragraph: 'Warum:' }, { list: reasons }]),
    ],
  }),

  taskOpened: ({ taskId, kind, summary }, context) => ({
    subject: `Bitte prüfen: Aufgabe ${taskId}, ${TASKS[kind]}`,
    body: [
      {
        paragraph:
          kind === 'changeProposed'
            ? 'Jemand hat eine Änderung vorgeschlagen, zu der zwei gehören.'
            : 'Eine Prüfung hat etwas gefunden, das ein Mensch klären muss.',
      },
      {
        facts: [
          ['Aufgabe', String(taskId)],
          ['Gefunden', { strong: summary }],
          ['Am Prüfplatz', { link: 'die offenen Aufgaben', to: linkToTasks(context) }],
        ],
      },
      { heading: 'Was zu tun ist' },
      { paragraph: NEXT_STEPS[kind] },
      ...(kind === 'changeProposed'
        ? [
            { paragraph: 'Dieser Befehl zeigt, was wartet, jeweils mit dem Befehl, der es bestätigt:' },
            { paste: commandToPaste(['changes'], { subscriber: context.subscriberId }) },
          ]
        : [
            {
              paragraph:
                'Diese Befehle zeigen alle offenen Aufgaben, und schließen diese, wenn sie sich nicht von selbst schließt:',
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
    subject: `Bitte prüfen: ${total} neue Aufgaben`,
    body: [
      { paragraph: `Eine Prüfung hat ${total} Dinge gefunden, die ein Mensch klären muss.` },
      { facts: [['Am Prüfplatz', { link: 'die offenen Aufgaben', to: linkToTasks(context) }]] },
      { list: summaries.map((summary, index) => `Aufgabe ${taskIds[index]}: ${summary}`) },
      ...(total > taskIds.length ? [{ paragraph: `Die Liste nennt die ersten ${taskIds.length}.` }] : []),
      { heading: 'Was zu tun ist' },
      { paragraph: 'Dieser Befehl zeigt alle offenen Aufgaben, jede mit dem, was zu tun ist:' },
      { paste: commandToPaste(['tasks']) },
    ],
  }),

  webhookDisabled: ({ endpointId, url, reason: cause }, { subscriberId }) => ({
    subject: `Webhook abgeschaltet: ${url} erhält keine Meldungen mehr`,
    body: [
      {
        paragraph:
          'Dieser Webhook-Endpunkt wurde abgeschaltet und erhält keine Meldungen mehr. Was noch für ihn anstand, ist ' +
          'verworfen.',
      },
      {
        facts: [
          ['Endpunkt', endpointId],
          ['Adresse', url],
          ['Warum', { strong: cause }],
        ],
      },
      { heading: 'Was zu tun ist' },
      {
        paragraph:
          'Bringen Sie den Empfänger in Ordnung. Schalten Sie dann den Endpunkt ein, und senden Sie nach, was ihm fehlt:',
      },
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
    subject: `Bitte aufheben: Das Protokoll ist bis Eintrag ${lastId} versiegelt`,
    body: [
      {
        paragraph:
          'Jeder bisherige Eintrag des Protokolls liegt unter diesem Siegel. Die Mail liegt dort, wo der Eigentümer der Datenbank nicht hinkommt: Bitte aufheben.',
      },
      {
        facts: [
          ['Versiegelt', words.moment(sealedAt, timeZone)],
          ['Letzter Eintrag', String(lastId)],
        ],
      },
      { heading: 'Wozu es dient' },
      {
        paragraph:
          'Dieser Befehl sagt, ob das Protokoll noch das ist, was damals versiegelt wurde. Jetzt ist nichts zu tun.',
      },
      { paste: commandToPaste(['audit', 'verify'], { head: hash }) },
    ],
  }),
};

const TASKS: { readonly [K in TaskKind]: string } = {
  refundFailed: 'Ausgang einer Erstattung unbekannt',
  missingHere: 'eine Erstattung beim Gateway ist hier unbekannt',
  missingThere: 'eine Erstattung fehlt im Bericht des Gateways',
  amountDiffers: 'eine Erstattung hat zwei Beträge',
  statusDiffers: 'eine Erstattung ist beim Gateway anders ausgegangen',
  chargedBack: 'eine Rückbuchung nach Erstattung oder Freigabe',
  mailUndelivered: 'eine Mail wurde aufgegeben',
  stepFailed: 'ein Schritt wurde aufgegeben',
  changeProposed: 'eine Änderung wartet auf eine zweite Person',
  inconsistent: 'die eigenen Aufzeichnungen stimmen nicht überein',
};

/** What a person does next about a task of a kind: domain/task.ts in German. */
const NEXT_STEPS: { readonly [K in TaskKind]: string } = {
  refundFailed:
    'Suchen Sie die Erstattung beim Gateway unter ihrer Referenz. Senden Sie dann der Zahlung in der Temporal UI ' +
    'retryRefund, markRefundPaid oder giveUpRefund; das schließt die Aufgabe.',
  missingHere:
    'Klären Sie beim Gateway, wer diese Erstattung veranlasst hat und zu welcher Zahlung. Ist es eine zweite zur selben ' +
    'Zahlung, wurde doppelt gezahlt: holen Sie das Geld zurück. War es Absicht, schließen Sie die Aufgabe mit dem Grund.',
  missingThere:
    'Suchen Sie die Erstattung beim Gateway unter ihrer Referenz. Wurde auf anderem Weg gezahlt, schließen Sie die ' +
    'Aufgabe und sagen Sie, wie. Wurde nicht gezahlt, wartet der Kunde noch auf sein Geld: zahlen Sie es, und sagen Sie ' +
    'das beim Schließen.',
  amountDiffers:
    'Vergleichen Sie beide Beträge, beim Gateway und im Kontoauszug der Zahlung. Gleichen Sie den Unterschied mit dem ' +
    'Kunden oder dem Gateway aus; schließen Sie dann die Aufgabe und sagen Sie, wie.',
  statusDiffers:
    'Die Zahlung fragt das Gateway bereits noch einmal. Ist die Aufgabe nach dem nächsten Abgleich noch offen, suchen ' +
    'Sie die Erstattung beim Gateway, bringen Sie in Ordnung, was nicht stimmt, und sagen Sie beim Schließen, wie.',
  chargedBack:
    'Widersprechen Sie der Rückbuchung beim Gateway mit dem Nachweis der Erstattung, oder fordern Sie das Geld beim ' +
    'Händler ein. Halten Sie dann fest, wie sie ausging (payment-block chargeback … --outcome won, lost oder ' +
    'withdrawn); won und withdrawn schließen die Aufgabe.',
  mailUndelivered:
    'Beheben Sie, was der Mailserver nennt: die Empfänger stehen in den Einstellungen der Benachrichtigungen, der Server in ' +
    'SMTP_URL. Sehen Sie unter den Prüfungen nach, was inzwischen wartet, senden Sie die Mail noch einmal ' +
    '(payment-block notifications resend), und schließen Sie dann die Aufgabe.',
  stepFailed:
    'Lesen Sie den Grund in der Zusammenfassung und in den Details des Laufs. Nennt er die Daten einer Nachricht, senden ' +
    'Sie sie mit anderen Daten noch einmal; sonst lassen Sie die Ursache beheben und entscheiden die Zahlung dann neu. ' +
    'Schließen Sie die Aufgabe und sagen Sie, wie.',
  inconsistent:
    'Vergleichen Sie die genannten Seiten. Die Aufgabe schließt sich von selbst, sobald sie übereinstimmen. Tun sie das ' +
    'nach einer Stunde nicht, öffnen Sie den Lauf in der Temporal UI, sehen Sie, wo er steht, und bringen Sie das in ' +
    'Ordnung, bevor mit der Zahlung etwas anderes geschieht.',
  changeProposed:
    'Lesen Sie sie (payment-block changes show, mit ihrer Nummer); bestätigen Sie sie dann mit ihrem Hash (payment-block ' +
    'changes confirm), oder lehnen Sie sie ab (changes reject). Wer sie vorgeschlagen hat, kann sie nicht bestätigen. Bis ' +
    'dahin gilt nichts davon, und nach einer Woche verfällt sie.',
};
