import { z } from 'zod';
import { settingsKindNames } from '../../../settings/kinds.ts';
import { settingsChange } from '../../settings/settings-change.ts';
import { settingsHistory, storeSettings } from '../../settings/settings.ts';
import { defineChange } from '../change-kind.ts';

const content = z.object({ settings: z.enum(settingsKindNames), document: z.string().nullable() });

/** A subscriber's settings; a document of null sets nothing any more. Those of four eyes guard themselves. */
export const putSettingsChange = defineChange({
  name: 'putSettings',
  area: ({ settings }) => (settings === 'fourEyes' ? 'fourEyes' : 'settings'),
  content,
  subject: ({ settings }) => `settings:${settings}`,
  async summary(db, subscriberId, { settings, document }) {
    const { changes } = await settingsChange(db, settings, subscriberId, document);
    const fields = changes
      .slice(0, MOST_FIELDS)
      .map(({ field, before = 'not set', after = 'not set' }) => `${field} from ${before} to ${after}`);
    const more = changes.length > MOST_FIELDS ? [`${changes.length - MOST_FIELDS} more`] : [];
    const what = document === null ? 'clear' : 'put';
    const said = [...fields, ...more].join(', ') || 'no difference to what holds now';
    return `${what} ${settings} settings of ${subscriberId}: ${said}`;
  },
  async now(db, subscriberId, { settings, document }) {
    const [newest] = await settingsHistory(db, settings, subscriberId);
    const now = { version: newest?.version ?? 0, document: newest?.document ?? null };
    return now.document === document ? undefined : now;
  },
  carryOut: (db, subscriberId, { settings, document }, by) =>
    storeSettings(db, settings, subscriberId, document, by),
});

const MOST_FIELDS = 10;
