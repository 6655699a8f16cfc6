import { CARD_NUMBER, holdsCardNumber } from '../card.ts';
import type { NoteCommand } from '../commands.ts';
import { define, isJournalRecorded } from './define.ts';
import { BY, type Parsed, readSigned, readText, refuse } from './message.ts';

export const NOTE_EXAMPLE = `{"text": "the bank calls back on Monday", ${BY}}`;

/** Reads what came with `note`. */
export function parseNote(input: unknown): Parsed<NoteCommand> {
  return readSigned(input, NOTE_EXAMPLE, (field, signed) => {
    const text = readText(field('text'));
    if (text === undefined)
      return refuse('text is missing: what should the deciding operator know?', NOTE_EXAMPLE);
    if (holdsCardNumber(text)) return refuse(`text ${CARD_NUMBER}`, NOTE_EXAMPLE);
    return { ok: true, value: { text, ...signed } };
  });
}

export const note = define({
  name: 'note',
  effect: 'What the deciding operator should know; no personal data, please',
  fields: [{ name: 'text', kind: 'text', isRequired: true, description: 'at most 500 characters' }],
  example: NOTE_EXAMPLE,
  parse: parseNote,
  // Taken at any time: it moves no money.
  refusal: () => undefined,
  accept: (current, command) => {
    current.journal.append({ kind: 'note', ...command });
    return command.text;
  },
  part: 'journal',
  isDone: isJournalRecorded,
});
