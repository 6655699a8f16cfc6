import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';

let folder: string;
let database: TestDatabase;
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'payment-block-packages-'));
  run('npm', ['run', '--silent', 'packages', '--', path.join(folder, 'packed')], projectRoot);
  // The rig brings the schema itself.
  database = await testDatabase('owner');
}, 120_000);
afterAll(async () => {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

function run(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string> = {},
): string {
  const { status, stdout, stderr } = spawnSync(program, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 240_000,
  });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** A project of another service with a package installed, under its own declared engines. */
function install(name: string, packed: RegExp, ...beside: string[]): string {
  const project = path.join(folder, name);
  const file = readdirSync(path.join(folder, 'packed')).find((each) => packed.test(each)) ?? '';
  run('mkdir', ['-p', project], folder);
  writeFileSync(path.join(project, 'package.json'), JSON.stringify({ name, private: true, type: 'module' }));
  const from = path.join(folder, 'packed', file);
  const options = [
    '--engine-strict',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--prefer-offline',
    '--loglevel=error',
  ];
  run('npm', ['install', ...options, from, ...beside], project);
  return project;
}

/** Compiles a file as a strict project does, with the types that the package brings. */
function compile(project: string, file: string): void {
  const tsc = path.join(projectRoot, 'node_modules/typescript/bin/tsc');
  const types = path.join(projectRoot, 'node_modules/@types');
  const target = ['--target', 'es2023', '--module', 'nodenext', '--typeRoots', types, '--types', 'node'];
  run(process.execPath, [tsc, '--noEmitOnError', '--strict', '--skipLibCheck', ...target, file], project);
}

const payment = `{
  subscriberId: 'shop',
  uniqueReference: process.argv[2] ?? '',
  partnerReference: 'block-' + process.argv[2],
  customerAccno: '222123456',
  merchantAccno: '444123456',
  amount: { minor: 250_000, currency: 'EUR' },
  paymentOption: { token: 'tok_visa', ccType: 'VISA', ccLastFour: '4242', cardHolder: 'Ana Lima' },
  invoiceGUID: 'invoice-1',
  onlinePayment: true,
  threeDSAuthentication: true,
  localDate: '2026-01-11',
  localTime: '145752',
}`;

test('the client, installed elsewhere, brings what it needs and nothing else, and blocks and unblocks', {
  timeout: 300_000,
}, async () => {
  const project = install('shop', /^payment-block-client-/);
  const installed = readdirSync(path.join(project, 'node_modules'));
  for (const ofTheService of ['pg', 'fastify', 'nodemailer', 'stripe', 're2js']) {
    expect(installed).not.toContain(ofTheService);
  }
  const [kibibytes = ''] = run('du', ['-sk', 'node_modules'], project).split('\t');
  expect(Number(kibibytes) / 1024).toBeLessThan(70);

  writeFileSync(
    path.join(project, 'shop.ts'),
    `import { connectTemporal, MessageRefused, PaymentBlockClient, type PaymentState } from '@payment-block/client';
const client = new PaymentBlockClient(connectTemporal(), process.env['TASK_QUEUE'] ?? '');
const payment = ${payment};
const blocked: PaymentState = await client.blockPayment(payment);
const unblock = { refundAmount: false, operator: 'ana', reason: 'known' };
const unblocked = await client.unblockPayment(payment, unblock);
const again = await client.unblockPayment(payment, unblock).catch((error: unknown) => error instanceof MessageRefused);
console.log(JSON.stringify([blocked.status, unblocked.status, again]));
process.exit(0);
`,
  );
  compile(project, 'shop.ts');

  const rig = await LifecycleRig.start();
  try {
    await rig.tell(async () => {
      const said = await runBeside(process.execPath, ['shop.js', 'packed-client'], project, {
        TEMPORAL_ADDRESS: rig.env.address,
        TEMPORAL_NAMESPACE: rig.env.namespace ?? 'default',
        TASK_QUEUE: rig.taskQueue,
      });
      expect(JSON.parse(said)).toEqual(['held', 'released', true]);
    });
  } finally {
    await rig.stop();
  }
});

test('the test rig, installed elsewhere, skips a day to the deadline and counts what the gateway has paid', {
  timeout: 300_000,
}, () => {
  const project = install('tested-shop', /^payment-block-\d/, '@temporalio/testing@1.24.0');
  writeFileSync(
    path.join(project, 'shop.test.ts'),
    `import { TestRig } from 'payment-block/testing';
const rig = await TestRig.start({ databaseUrl: process.env['DATABASE_URL'] ?? '', testServer: process.env['TEST_SERVER'] ?? '' });
const payment = ${payment};
await rig.misbehave({ misbehave: 'dropAnswer', calls: 1 });
const { status } = await rig.client.blockPayment(payment);
await rig.env.sleep('25 hours');
const after = await rig.client.payment(payment);
console.log(JSON.stringify([status, after.status, after.decidedBy, rig.booked.length]));
await rig.stop();
process.exit(0);
`,
  );
  compile(project, 'shop.test.ts');
  const said = run(process.execPath, ['shop.test.js', 'packed-rig'], project, {
    DATABASE_URL: database.url,
    TEST_SERVER: inject('testServer'),
  });
  expect(JSON.parse(said.trim().split('\n').at(-1) ?? '')).toEqual(['held', 'refunded', 'deadline', 1]);
});

/** The same without stopping this process, whose worker has to go on. */
async function runBeside(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Record<string, string>,
): Promise<string> {
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  return said;
}
