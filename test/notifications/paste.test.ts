import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandToPaste } from '../../src/notifications/mails/paste.ts';

/** The arguments that a shell makes of a command. */
function argumentsOf(command: string): string[] {
  const shown = execFileSync('sh', ['-c', `npx() { printf '%s\\n' "$@"; }\n${command}`], {
    encoding: 'utf8',
  });
  return shown.trimEnd().split('\n');
}

test('a command in a mail reaches the shell as it is meant, whatever is in its values', () => {
  const hostile = `a'b"c $(id) \`id\` \\ ; rm & * ! ~ #`;
  const command = commandToPaste(['webhooks', 'enable', hostile], {
    subscriber: hostile,
    reason: 'a\nnew line',
  });
  expect(argumentsOf(command)).toEqual([
    'payment-block',
    'webhooks',
    'enable',
    hostile,
    '--subscriber',
    hostile,
    '--reason',
    'a new line',
  ]);
});

test('a long command goes on in the next line', () => {
  const command = commandToPaste(['tasks', 'close', '7'], {
    subscriber: 's'.repeat(60),
    by: 'ana',
    reason: 'why',
  });
  expect(command.split('\n')).toEqual([
    'npx payment-block tasks close 7 \\',
    `  --subscriber ${'s'.repeat(60)} \\`,
    '  --by ana --reason why',
  ]);
  expect(argumentsOf(command)).toHaveLength(10);
});
