import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { createProgram } from '../../src/cli/program.ts';
import { type Right, rolesWith } from '../../src/domain/rights.ts';
import { roles } from '../../src/domain/roles.ts';
import { scopes } from '../../src/domain/scopes.ts';
import { eventTypes } from '../../src/notifications/events.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { runProgram } from '../../tools/processes/programs.ts';

const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md'],
  ...readdirSync(path.join(projectRoot, 'docs'))
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file}`),
];
const reference = read('docs/reference.md');

/** The fenced blocks of a page in one language; '' for blocks without one. */
function blocks(page: string, language: string): string[] {
  return [...read(page).matchAll(/^ *```(\w*)\n([\s\S]*?)^ *```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , text = '']) => text);
}

/** What a heading is linked by. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

test.each(pages)('every link in %s leads to a file, and to a heading in it', (page) => {
  const text = read(page).replace(/```[\s\S]*?```/g, '');
  const broken = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    const [file = '', anchor] = link.split('#');
    const target = file === '' ? page : path.join(path.dirname(page), file);
    if (!existsSync(path.join(projectRoot, target))) return [link];
    if (anchor === undefined) return [];
    const headings = [...read(target).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => anchorOf(heading));
    return headings.includes(anchor) ? [] : [link];
  });
  expect(broken).toEqual([]);
});

test('every npm script that is printed is there', () => {
  const { scripts } = z
    .object({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(read('package.json')));
  const named = pages.flatMap((page) =>
    [...read(page).matchAll(/\bnpm (?:run )?(start|test|[a-z]+:[a-z]+|(?<=run )[a-z-]+)/g)].map(
      ([, name = '']) => name,
    ),
  );
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
});

test('every command line that is printed is one that the command line takes', async () => {
  const program = await createProgram([]);
  const lines = pages.flatMap((page) =>
    [...read(page).matchAll(/npx payment-block ([^\n`#]+)/g)].map(([, line = '']) =>
      line.replaceAll('\\\n', ' '),
    ),
  );
  expect(lines.length).toBeGreaterThan(20);
  expect(lines.filter((line) => !isTaken(program, wordsOf(line)))).toEqual([]);
});

test('the tables of commands, routes, events and variables are those of the code', async () => {
  const commands = leaves(await createProgram([])).map(({ name, command }) => {
    const taken = command.registeredArguments.map((each) =>
      each.required ? `<${each.name()}>` : `[${each.name()}]`,
    );
    return `| \`${[name, ...taken].join(' ')}\` | ${command.description()} |`;
  });
  expect(tableAfter('| command | what it does |')).toEqual(commands);
  expect(tableAfter('| call | operation | scope | what it does |')).toEqual(routes());
  expect(tableAfter('| right | roles |').toSorted()).toEqual(rights());
  expect(reference).toContain(`${eventTypes.map((type) => `\`${type}\``).join(', ')}.`);
  const variables = [...read('src/config.ts').matchAll(/^ +([A-Z][A-Z_]+):/gm)].map(([, name = '']) => name);
  const documented = tableAfter('| variable | default | what it is |').join('\n');
  expect(variables.filter((name) => name !== 'NODE_ENV' && !documented.includes(`\`${name}\``))).toEqual([]);
});

/** Each right with the roles that have it. */
function rights(): string[] {
  const others: readonly Right[] = ['settings.write', 'access.write'];
  const all = [...scopes, ...others].map((right) => {
    const holders = rolesWith(right);
    const shown = holders.length === 0 ? 'service accounts only' : holders.join(', ');
    return `| \`${right}\` | ${holders.length === roles.length ? 'every role' : shown} |`;
  });
  return all.toSorted();
}

test('every TypeScript snippet compiles as it is printed', async () => {
  const folder = mkdtempSync(path.join(projectRoot, 'test/snippets-'));
  try {
    const snippets = pages.flatMap((page) => blocks(page, 'ts'));
    expect(snippets.length).toBeGreaterThanOrEqual(2);
    for (const [index, snippet] of snippets.entries())
      writeFileSync(path.join(folder, `snippet-${index}.ts`), `${snippet}\nexport {};\n`);
    const config = {
      extends: '../../tsconfig.json',
      compilerOptions: {
        noUnusedLocals: false,
        paths: { 'payment-block/client': ['../../src/client/index.ts'] },
      },
      include: ['*.ts', '../support/global-setup.ts'],
    };
    writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(config));
    await runProgram(
      process.execPath,
      ['node_modules/typescript/bin/tsc', '-p', path.join(folder, 'tsconfig.json')],
      {
        cwd: projectRoot,
      },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

function wordsOf(line: string): string[] {
  return [...line.matchAll(/"[^"]*"|\S+/g)].map(([word]) => word);
}

/** Whether the words name a command, and only options that it, or one above it, has. */
function isTaken(program: Command, words: readonly string[]): boolean {
  let command = program;
  const known = [...program.options];
  let rest = [...words];
  while (rest.length > 0) {
    const [word = '', ...after] = rest;
    rest = after;
    if (word.startsWith('--')) {
      const option = known.find(({ long }) => long === word);
      if (!option) return word === '--help';
      if (option.required || option.optional) rest = rest.slice(1);
      continue;
    }
    const next = command.commands.find((each) => each.name() === word);
    if (!next) continue;
    command = next;
    known.push(...next.options);
  }
  return command !== program || words[0] === 'COMMAND';
}

function leaves(command: Command, above = ''): { name: string; command: Command }[] {
  return command.commands.flatMap((each) => {
    const name = `${above}${each.name()}`;
    return each.commands.length === 0 ? [{ name, command: each }] : leaves(each, `${name} `);
  });
}

/** The rows of the reference's table with this head. */
function tableAfter(head: string): string[] {
  const [, after = ''] = reference.split(`${head}\n`);
  const [table = ''] = after.split('\n\n');
  return table.trimEnd().split('\n').slice(1);
}

function routes(): string[] {
  const operation = z.object({
    operationId: z.string(),
    summary: z.string(),
    security: z.array(z.record(z.string(), z.array(z.string()))).default([]),
  });
  const { paths } = z
    .object({ paths: z.record(z.string(), z.record(z.string(), operation)) })
    .parse(JSON.parse(read('docs/openapi.json')));
  return Object.entries(paths).flatMap(([route, methods]) =>
    Object.entries(methods).map(([method, { operationId, security, summary }]) => {
      const wanted = new Set(security.flatMap((each) => Object.values(each).flat()));
      const needed = wanted.size === 0 ? 'none' : [...wanted].map((scope) => `\`${scope}\``).join(', ');
      return `| \`${method.toUpperCase()} ${route}\` | \`${operationId}\` | ${needed} | ${summary} |`;
    }),
  );
}
