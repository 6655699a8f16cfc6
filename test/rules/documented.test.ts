import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { factCatalogue } from '../../src/rules/facts.ts';
import { parsed } from '../support/rule-sets.ts';

const page = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');

test.each(Object.entries(factCatalogue))('docs/rules.md tells of the fact %s', (name, { type, means }) => {
  expect(page).toContain(`| \`${name}\` | ${type} | ${means} |`);
});

test('the rule set of docs/rules.md is one', () => {
  const [, example = ''] = /```yaml\n(.*?)```/s.exec(page) ?? [];
  expect(parsed(example)).toMatchObject({ name: 'shop', rules: [{ id: 'cards-per-ip' }] });
});
