import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configuredGateways, readGatewaysFile } from '../../src/gateways/configured-gateways.ts';
import { searchAttributes } from '../../src/temporal/search-attributes.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';

const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');
const environment = {
  ...process.env,
  POSTGRES_PASSWORD: 'p',
  TOKEN_SECRET: 's',
  FINGERPRINT_SECRET: 'f',
  SECRETS_KEY: 'k',
};
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;

test('every image has a version of its own', () => {
  const compose = z
    .object({ services: z.record(z.string(), z.looseObject({ image: z.string().optional() })) })
    .parse(parse(read('docker-compose.yml'), { merge: true }));
  for (const [name, { image }] of Object.entries(compose.services)) {
    expect([name, image]).toEqual([name, expect.stringMatching(/:v?\d+\.\d+/)]);
  }
  expect(read('Dockerfile').match(/^FROM .*/gm)).toEqual([
    expect.stringMatching(/^FROM node:\d+\.\d+-bookworm-slim AS build$/),
    expect.stringMatching(/^FROM node:\d+\.\d+-bookworm-slim$/),
  ]);
});

test('the gateways that it starts with can be read, and need no credentials', async () => {
  const gateways = await readGatewaysFile(path.join(projectRoot, 'deploy/gateways.yaml'));
  expect((await configuredGateways(gateways, {})).of('anybody')).toMatchObject({ name: 'sandbox' });
});

test('the search attributes that are set up are those that the workflows use', () => {
  const added = [...read('deploy/temporal-namespace.sh').matchAll(/^add (\w+) (\w+)$/gm)].map(
    ([, name, type]) => `${name} ${type?.toUpperCase()}`,
  );
  expect(added).toEqual(Object.values(searchAttributes).map(({ name, type }) => `${name} ${type}`));
});

test.skipIf(!hasCompose)('docker compose accepts the file', () => {
  const { status, stderr } = spawnSync('docker', ['compose', 'config', '--quiet'], {
    cwd: projectRoot,
    env: environment,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});
