import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { subjectOfPayment } from '../../src/rules/subject.ts';
import { decide } from '../../src/store/decisions/decide.ts';
import { insertPayment } from '../../src/store/payments/payments.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { defaultRuleSetFile, loadRuleSet } from '../../src/store/rules/rule-set-file.ts';
import { type Outcome, outcomeOf } from '../support/outcome-of.ts';
import { defaultRuleSetText } from '../support/rule-sets.ts';
import { paymentOf } from '../support/traffic.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

const payment = paymentOf('shop', { amount: { minor: 60_000, currency: 'EUR' } });
let database: TestDatabase;
let folder: string;
beforeAll(async () => {
  database = await testDatabase();
  folder = mkdtempSync(path.join(os.tmpdir(), 'payment-block-backtest-'));
  const active = await loadRuleSet(defaultRuleSetFile);
  await inTransaction(database.pool, async (db) => {
    await insertPayment(db, payment);
    await decide(db, active, subjectOfPayment(payment));
  });
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await database.drop();
});

/** Runs the compiled command as a shell would. */
async function run(...args: string[]): Promise<Outcome> {
  const main = path.join(projectRoot, 'dist/src/cli/main.js');
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env['PATH'], DATABASE_URL: database.url },
  });
  return outcomeOf(child);
}

const backtestOf = (file: string, ...more: string[]) =>
  run('rules', 'backtest', '--rules', file, '--from', '2020-01-01', '--to', '2100-01-01', ...more);

test('the rule set in use changes nothing', async () => {
  const { code, out, err } = await backtestOf(defaultRuleSetFile, '--fail-on-change', '--json');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({ compared: 1, recounted: 0, changed: 0, otherAnswers: 0 });
});

test('a stricter rule set tells what it changes, of a payment reported as charged back', async () => {
  const report = ['--by', 'bank', '--reference', 'cb-1', '--reason', 'not ordered', '--amount', '12.50'];
  const chargeback = await run('--subscriber', 'shop', 'chargeback', payment.uniqueReference, ...report);
  expect(chargeback).toMatchObject({ code: 0, err: '' });
  expect(chargeback.out).toContain('12.50 EUR');

  const file = path.join(folder, 'stricter.yaml');
  writeFileSync(file, defaultRuleSetText.replace('amountMinor > 100000', 'amountMinor > 50000'));
  const { code, out } = await backtestOf(file, '--subscriber', 'shop');
  expect(code).toBe(0);
  expect(out).toMatch(/RELEASE +HOLD +charged back +1 +600\.00 EUR/);
  expect(out).toMatch(/amount-large +only now +1/);
  expect(out).toContain(payment.uniqueReference);
  const failing = await backtestOf(file, '--fail-on-change', '--json');
  expect(failing.code).toBe(1);
  expect(z.looseObject({ changed: z.int() }).parse(JSON.parse(failing.out)).changed).toBe(1);
});

test('what cannot be is said: a date, a file, a range', async () => {
  const wrong = async (...args: string[]) => (await run('rules', 'backtest', ...args)).code;
  const from = ['--from', '2026-01-01'];
  expect(await wrong('--rules', defaultRuleSetFile, ...from, '--to', 'tomorrow')).toBe(2);
  expect(await wrong('--rules', defaultRuleSetFile, ...from, '--to', '2025-01-01')).toBe(2);
  expect(await wrong('--rules', 'nowhere.yaml', ...from, '--to', '2027-01-01')).toBe(1);
});
