import type { TaskKind } from '../../../domain/task.ts';

/** What a person does next about a task of a kind: domain/task.ts in German. */
export const nextSteps: { readonly [K in TaskKind]: string } = {
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
  incoherent:
    'Vergleichen Sie die genannten Seiten. Die Aufgabe schließt sich von selbst, sobald sie übereinstimmen. Tun sie das ' +
    'nach einer Stunde nicht, öffnen Sie den Lauf in der Temporal UI, sehen Sie, wo er steht, und bringen Sie das in ' +
    'Ordnung, bevor mit der Zahlung etwas anderes geschieht.',
};
