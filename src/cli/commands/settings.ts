import { Argument, type Command } from 'commander';
import { type SettingsKind, settingsKinds } from '../../settings/kinds.ts';
import {
  putSettings,
  settingsHistory,
  settingsInForce,
  type StoredSettings,
} from '../../store/settings/settings.ts';
import { withDatabase } from '../input/database.ts';
import { align, print } from '../output/output.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';
import { readDocumentFile, signatureOf, signed } from '../input/signed.ts';

const kindNames = Object.keys(settingsKinds);

/** `settings`: what a subscriber has set for itself, by version. The subscriber '*' has what holds for the others. */
export function addSettingsCommands(program: Command): void {
  const settings = program
    .command('settings')
    .description('what a subscriber has set for itself, by version');

  signed(settings.command('put').addArgument(kind()).argument('<file>'))
    .description('put a new version into force; nothing of it is taken where something is wrong')
    .action(async (name: SettingsKind, file: string, _options: unknown, command: Command) => {
      const document = await readDocumentFile(file);
      const subscriber = subscriberOf(command);
      const stored = await withDatabase((pool) =>
        putSettings(pool, name, subscriber, document, signatureOf(command)),
      );
      print(wantsJson(command), stored, describe(name, stored));
    });

  settings
    .command('show')
    .addArgument(kind())
    .description("what is in force: the subscriber's own newest version, else that of '*'")
    .action(async (name: SettingsKind, _options: unknown, command: Command) => {
      const subscriber = subscriberOf(command);
      const inForce = await withDatabase((pool) => settingsInForce(pool, name, subscriber));
      const text = inForce
        ? `${describe(name, inForce)}\n\n${inForce.document.trimEnd()}`
        : `nothing is set for ${subscriber}: what the worker was started with holds`;
      print(wantsJson(command), inForce ?? null, text);
    });

  settings
    .command('history')
    .addArgument(kind())
    .description('every version that the subscriber has set, the newest first')
    .action(async (name: SettingsKind, _options: unknown, command: Command) => {
      const subscriber = subscriberOf(command);
      const versions = await withDatabase((pool) => settingsHistory(pool, name, subscriber));
      const text = versions.map((version) => describe(name, version)).join('\n\n');
      print(wantsJson(command), versions, text === '' ? `${subscriber} has set nothing` : text);
    });
}

function kind(): Argument {
  return new Argument('<kind>', 'what is set').choices(kindNames);
}

function describe(name: SettingsKind, stored: StoredSettings): string {
  return align([
    ['settings', `${name} of ${stored.subscriberId}`],
    ['version', String(stored.version)],
    ['set by', stored.createdBy],
    ['why', stored.reason],
    ['at', stored.createdAt.toISOString()],
  ]);
}
