import type { TaskKind } from '../../../domain/task.ts';
import type { EventPayloads } from '../../events.ts';
import { amountInGerman } from '../amounts.ts';
import type { Subjects } from '../subjects.ts';

type PaymentPayload = Pick<EventPayloads['paymentHeld'], 'uniqueReference' | 'amount'>;

export const subjects: Subjects = {
  paymentBlocked: (payload) => `Gesperrt: ${payment(payload)}`,
  paymentHeld: (payload) => `Bitte entscheiden: ${payment(payload)} wartet auf Prüfung`,
  reviewReminder: (payload) => `Erinnerung: ${payment(payload)} wartet auf eine Entscheidung`,
  paymentEscalated: (payload) => `Eskaliert: ${payment(payload)} wartet auf eine Entscheidung`,
  paymentReleased: (payload) => `Freigegeben: ${payment(payload)} geht an den Händler`,
  refundCaptured: (payload) => `Erstattet: ${payment(payload)}`,
  refundDeclined: (payload) => `Bitte entscheiden: Erstattung abgelehnt, ${payment(payload)}`,
  refundFailed: (payload) =>
    payload.contested
      ? `Bitte klären: Geld auf anderem Weg zurück, ${payment(payload)}`
      : `Bitte klären: Ausgang der Erstattung unbekannt, ${payment(payload)}`,
  refundReversed: (payload) => `Bitte entscheiden: Erstattung zurückgekommen, ${payment(payload)}`,
  customerBlocked: ({ customerUuid }) => `Gesperrt: Kunde ${customerUuid}`,
  customerUnblocked: ({ customerUuid }) => `Entsperrt: Kunde ${customerUuid}`,
  rulesAlert: ({ invoiceGUID, declinePayment }) =>
    declinePayment
      ? `Regeln: Zahlung zur Rechnung ${invoiceGUID} ablehnen`
      : `Regeln: Hinweis zur Rechnung ${invoiceGUID}`,
  webhookDisabled: ({ url }) => `Webhook abgeschaltet: ${url} erhält keine Meldungen mehr`,
  taskOpened: ({ taskId, kind }) => `Bitte prüfen: Aufgabe ${taskId}, ${TASKS[kind]}`,
};

const TASKS: { readonly [K in TaskKind]: string } = {
  refundFailed: 'Ausgang einer Erstattung unbekannt',
  missingHere: 'eine Erstattung beim Gateway ist hier unbekannt',
  missingThere: 'eine Erstattung fehlt im Bericht des Gateways',
  amountDiffers: 'eine Erstattung hat zwei Beträge',
  statusDiffers: 'eine Erstattung ist beim Gateway anders ausgegangen',
  incoherent: 'die eigenen Aufzeichnungen stimmen nicht überein',
};

function payment({ uniqueReference, amount }: PaymentPayload): string {
  return `Zahlung ${uniqueReference} über ${amountInGerman(amount)}`;
}
