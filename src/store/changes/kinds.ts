import type { ChangeKindName } from '../../domain/proposed-change.ts';
import type { RecordedKind } from './change-kind.ts';
import { addAccountChange, unlockAccountChange } from './kinds/accounts.ts';
import { addClientKeyChange } from './kinds/client-keys.ts';
import { addListEntryChange, importListEntriesChange, removeListEntryChange } from './kinds/lists.ts';
import { restorePersonChange } from './kinds/people.ts';
import { putSettingsChange } from './kinds/settings.ts';
import { addWebhookChange, enableWebhookChange, rotateWebhookSecretChange } from './kinds/webhooks.ts';

const KINDS: { readonly [K in ChangeKindName]: RecordedKind } = {
  putSettings: putSettingsChange,
  addListEntry: addListEntryChange,
  importListEntries: importListEntriesChange,
  removeListEntry: removeListEntryChange,
  addAccount: addAccountChange,
  unlockAccount: unlockAccountChange,
  addClientKey: addClientKeyChange,
  restorePerson: restorePersonChange,
  addWebhook: addWebhookChange,
  rotateWebhookSecret: rotateWebhookSecretChange,
  enableWebhook: enableWebhookChange,
};

/** The kind of a change that is on record. */
export function kindOnRecord(name: ChangeKindName): RecordedKind {
  return KINDS[name];
}
