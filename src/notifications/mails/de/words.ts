import { DateTime } from 'luxon';
import { minorUnitDigits } from '../../../domain/currencies.ts';
import { type Money, moneyToWire } from '../../../domain/money.ts';
import type { Words } from '../mails.ts';
import { words as english } from '../en/words.ts';

export const words: Words = {
  labels: {
    payment: 'Zahlung',
    amount: 'Betrag',
    card: 'Karte, Endziffern',
    invoice: 'Rechnung',
    merchant: 'Händlerkonto',
    customer: 'Kundenkonto',
    refund: 'Erstattung',
    due: 'Prüfung bis',
    decidedBy: 'Entschieden durch',
    confirmedBy: 'Bestätigt durch',
    reason: 'Begründung',
    run: 'Vorgang',
    openRun: 'im Temporal UI öffnen',
    desk: 'Fall',
    openCase: 'im Prüfplatz entscheiden',
    whyStopped: 'Warum sie angehalten wurde:',
  },
  deciders: {
    rules: 'die Regeln',
    operator: 'die Sachbearbeitung',
    deadline: 'Fristablauf: niemand hat rechtzeitig entschieden',
  },
  amount,
  moment: (iso, timeZone) => {
    const zone = timeZone === 'UTC' ? 'UTC' : `(${timeZone})`;
    return `${DateTime.fromISO(iso, { zone: timeZone }).toFormat('dd.MM.yyyy, HH:mm')} Uhr ${zone}`;
  },
  // The same in every language: what a person forgets to replace is refused by this very name.
  placeholders: english.placeholders,
};

/** The amount as it is written in German: "1.250,00 EUR", "500 JPY". */
function amount(money: Money): string {
  const digits = minorUnitDigits(money.currency) ?? 0;
  const format = new Intl.NumberFormat('de-DE', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return `${format.format(moneyToWire(money))} ${money.currency}`;
}
