import { formatMoney, type Money } from '../../domain/money.ts';
import { nextSteps, type TaskKind } from '../../domain/task.ts';
import type { Language } from '../languages.ts';
import { amountInGerman } from './amounts.ts';
import { nextSteps as germanNextSteps } from './de/next-steps.ts';
import { subjects as german } from './de/subjects.ts';
import { subjects as english } from './en/subjects.ts';
import type { Subjects } from './subjects.ts';

/** What a language says and writes in its own way; the templates stand in the folder of its name. */
export interface Wording {
  readonly subjects: Subjects;
  /** As people write it; in English as the API, the command line and the Temporal UI do, to be found there. */
  readonly amount: (money: Money) => string;
  /** @param iso ISO 8601, UTC */
  readonly moment: (iso: string) => string;
  readonly decidedBy: Readonly<Record<string, string>>;
  readonly nextSteps: { readonly [K in TaskKind]: string };
}

export const wordings: Readonly<Record<Language, Wording>> = {
  en: {
    subjects: english,
    amount: formatMoney,
    moment: (iso) => `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`,
    decidedBy: {
      rules: 'the rules',
      operator: 'an operator',
      deadline: 'the deadline: nobody decided in time',
    },
    nextSteps,
  },
  de: {
    subjects: german,
    amount: amountInGerman,
    moment: (iso) => `${GERMAN_MOMENT.format(new Date(iso))} Uhr UTC`,
    decidedBy: {
      rules: 'die Regeln',
      operator: 'die Sachbearbeitung',
      deadline: 'Fristablauf: niemand hat rechtzeitig entschieden',
    },
    nextSteps: germanNextSteps,
  },
};

const GERMAN_MOMENT = new Intl.DateTimeFormat('de-DE', {
  dateStyle: 'medium',
  timeStyle: 'short',
  timeZone: 'UTC',
});
