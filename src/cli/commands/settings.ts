import { Argument, type Command } from 'commander';
import { z } from 'zod';
import { type SettingsKind, settingsKindNames } from '../../settings/kinds.ts';
import { settingsHistory, settingsInForce, type StoredSettings } from '../../store/settings/settings.ts';
import { settingsChange } from '../../store/settings/settings-change.ts';
import type { FieldChange } from '../../settings/difference.ts';
import { putSettingsChange } from '../../store/changes/kinds/settings.ts';
import { makeChange } from '../../store/changes/make-change.ts';
import { printMade } from '../output/changes-text.ts';
import { withDatabase, withSignature } from '../input/database.ts';
import { align, print, table } from '../output/output.ts';
import { subscriberOf, wantsJson } from '../input/session.ts';
import { readDocumentFile, signed } from '../input/signed.ts';

/** `settings`: what a subscriber has set for itself, by version. The subscriber '*' has what holds for the others. */
export function addSettingsCommands(program: Command): void {
  const settings = program
    .command('settings')
    .description('what a subscriber has set for itself, by version');

  signed(settings.command('put').addArgument(kind()).argument('<file>'))
    .option('--dry-run', 'show what would change, and change nothing')
    .description('put a new version into force; nothing of it is taken where something is wrong')
    .action(async (name: SettingsKind, file: string, _options: unknown, command: Command) =>
      change(command, name, await readDocumentFile(file)),
    );

  signed(settings.command('clear').addArgument(kind()))
    .option('--dry-run', 'show what would change, and change nothing')
    .description("set nothing any more: what '*' has set holds again, or what the worker was started with")
    .action(async (name: SettingsKind, _options: unknown, command: Command) => change(command, name, null));

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

/** Puts a document into force, or only shows what that would change. */
async function change(command: Command, name: SettingsKind, document: string | null): Promise<void> {
  const subscriber = subscriberOf(command);
  const { dryRun } = z.object({ dryRun: z.literal(true).exactOptional() }).parse(command.opts());
  await withSignature(command, 'settings.write', async (pool, signature) => {
    const { changes, warnings } = await settingsChange(pool, name, subscriber, document);
    const difference = [
      changes.length === 0 ? 'no difference to what holds now' : differences(changes),
      ...warnings.map((warning) => `Warning: ${warning}`),
    ];
    const tell = (stored: StoredSettings | undefined, heading: string) =>
      print(wantsJson(command), { ...stored, changes, warnings }, [heading, ...difference].join('\n\n'));
    if (dryRun) return tell(undefined, `This would change for ${subscriber}; nothing has changed:`);
    const content = { settings: name, document };
    const made = await makeChange(pool, putSettingsChange, subscriber, content, signature);
    const more = { json: { changes, warnings }, text: difference.join('\n\n') };
    printMade(wantsJson(command), made, (stored) => tell(stored, describe(name, stored)), more);
  });
}

function differences(changes: readonly FieldChange[]): string {
  return table(
    ['field', 'before', 'after'],
    changes.map(({ field, before = 'not set', after = 'not set' }) => [field, before, after]),
  );
}

function kind(): Argument {
  return new Argument('<kind>', 'what is set').choices(settingsKindNames);
}

function describe(name: SettingsKind, stored: StoredSettings): string {
  return align([
    ['settings', `${name} of ${stored.subscriberId}`],
    ['version', stored.document === null ? `${stored.version}, which sets nothing` : String(stored.version)],
    ['set by', stored.createdBy],
    ['why', stored.reason],
    ['at', stored.createdAt.toISOString()],
  ]);
}
