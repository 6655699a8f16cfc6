import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configuredGateways, readGatewaysFile } from '../../src/gateways/configured-gateways.ts';
import { searchAttributes } from '../../src/temporal/search-attributes.ts';
import { projectRoot } from '../../src/runtime/project-files.ts';

const read = (file: string) => readFileSync(path.join(projectRoot, file), 'utf8');
const hasCompose = spawnSync('docker', ['compose', 'version']).status === 0;

const service = z.looseObject({
  image: z.string().optional(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
});
const servicesIn = (file: string) =>
  z
    .object({ services: z.record(z.string(), service) })
    .parse(parse(read(file), { merge: true, logLevel: 'error' })).services;
const services = servicesIn('docker-compose.yml');
const overlay = servicesIn('docker-compose.production.yml');

test('every image has a version of its own', () => {
  for (const [name, { image }] of Object.entries(services)) {
    expect([name, image]).toEqual([name, expect.stringMatching(/:v?\d+\.\d+/)]);
  }
  const changed = Object.values(overlay).flatMap(({ image }) => image ?? []);
  expect(changed.filter((image) => !/:v?\d+\.\d+/.test(image))).toEqual([]);
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

test('the overlay for production adds an account and a proxy for Temporal, and mounts only files that there are', () => {
  const added = Object.keys(overlay).filter((name) => services[name] === undefined);
  expect(added).toEqual(['temporal-account', 'temporal-ui-proxy']);
  for (const name of ['temporal-schema', 'temporal'])
    expect(overlay[name]?.environment).toMatchObject({ POSTGRES_USER: 'temporal' });
  expect(overlay['temporal-ui']).toMatchObject({ ports: [] });
  const mounted = Object.values(overlay).flatMap(({ volumes }) =>
    volumes.map((each) => each.split(':')[0] ?? ''),
  );
  const ours = mounted.filter((file) => file.startsWith('./'));
  expect(ours.length).toBeGreaterThan(1);
  expect(ours.filter((file) => !existsSync(path.join(projectRoot, file)))).toEqual([]);
});

test.each([
  ['server.yaml', 'temporal'],
  ['ui.yaml', 'temporal-ui'],
])('everything that deploy/temporal/%s asks the environment for is given to %s', (file, name) => {
  const given = { ...services[name]?.environment, ...overlay[name]?.environment };
  const asked = [...read(`deploy/temporal/${file}`).matchAll(/{{ env "(\w+)" }}/g)].map(
    ([, variable = '']) => variable,
  );
  expect(asked.length).toBeGreaterThan(5);
  expect(asked.filter((variable) => given[variable] === undefined)).toEqual([]);
});

test('worker, API and UI have what opens Temporal for them: a certificate of their own, and tokens or a sign-in', () => {
  for (const name of ['worker', 'api']) {
    expect(overlay[name]?.environment).toMatchObject({
      TEMPORAL_TLS: 'true',
      TEMPORAL_TOKEN_URL: expect.any(String),
      TEMPORAL_CLIENT_ID: expect.stringContaining(`payment-block-${name}`),
      OPERATOR_IDENTITY: 'principal',
    });
  }
  for (const name of ['worker', 'api', 'temporal-ui', 'temporal-namespace']) {
    const keys = overlay[name]?.volumes.filter((volume) => volume.includes('.key:')) ?? [];
    expect([name, keys.length]).toEqual([name, 1]);
  }
});

test.skipIf(!hasCompose).each([
  ['docker-compose.yml', ['-f', 'docker-compose.yml']],
  ['the overlay', ['-f', 'docker-compose.yml', '-f', 'docker-compose.production.yml']],
])('docker compose accepts %s', (_name, files) => {
  const asked = [
    ...read('docker-compose.yml')
      .concat(read('docker-compose.production.yml'))
      .matchAll(/\${(\w+):\?/g),
  ];
  const { status, stderr } = spawnSync('docker', ['compose', ...files, 'config', '--quiet'], {
    cwd: projectRoot,
    env: { ...process.env, ...Object.fromEntries(asked.map(([, name]) => [name, '/x'])) },
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, '']);
});
