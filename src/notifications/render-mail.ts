import type { OutboxEvent, EventType, Language } from './events.ts';
import { asHtml } from './mails/as-html.ts';
import { asText } from './mails/as-text.ts';
import { german, germanFooter } from './mails/de/mails.ts';
import { onOneLine } from './mails/document.ts';
import { english, englishFooter } from './mails/en/mails.ts';
import type { Mail, MailContext, Mails, Places } from './mails/mails.ts';

export interface RenderedMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

interface MailLanguage {
  readonly mails: Mails;
  readonly footer: (event: OutboxEvent) => readonly string[];
}

const mailLanguages: Readonly<Record<Language, MailLanguage>> = {
  en: { mails: english, footer: englishFooter },
  de: { mails: german, footer: germanFooter },
};

/**
 * The mail about an event, with all that a person needs to act on it.
 * @param timeZone IANA, e.g. Europe/Berlin
 */
export function renderMail(
  event: OutboxEvent,
  places: Places,
  language: Language,
  timeZone: string,
): RenderedMail {
  const { mails, footer } = mailLanguages[language];
  const { subject, body } = mailAbout(event, mails, { subscriberId: event.subscriberId, places, timeZone });
  const document = { subject: onOneLine(subject), body, footer: footer(event) };
  return { subject: document.subject, text: asText(document), html: asHtml(document, language) };
}

function mailAbout<T extends EventType>(
  { type, payload }: OutboxEvent<T>,
  mails: Mails,
  context: MailContext,
): Mail {
  return mails[type](payload, context);
}
