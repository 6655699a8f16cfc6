import { afterAll, beforeAll, expect, test } from 'vitest';
import { importEntries, ImportRefused } from '../../src/lists/import.ts';
import { cardFingerprints } from '../../src/store/payments/card-fingerprint.ts';
import { lookUp } from '../../src/store/lists/lists.ts';
import { testDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.drop());

const fingerprint = cardFingerprints('a secret of at least thirty-two characters');
const header = 'kind,value,verdict,reason,expiresAt\n';

function importOf(subscriberId: string, text: string, more: { dryRun?: boolean } = {}) {
  return importEntries(database.pool, { subscriberId, actor: 'ana' }, text, { fingerprint, ...more });
}

test('100,000 rows go in, the bad among them are told by line, and the same file again adds nothing', {
  timeout: 180_000,
}, async () => {
  const bad = [
    'ip,not-an-address,block,seen,',
    'ip,"10.0.0.1,block,seen,',
    'card,1234567,block,seen,',
    'ip,10.0.0.1',
  ];
  const rows = Array.from({ length: 100_000 }, (_, n) => {
    if (n % 333 === 7) return bad[n % bad.length];
    if (n % 3 === 0) return `customer,customer-${n},allow,"a customer, known for long",`;
    if (n % 3 === 1)
      return `ip,10.${n >> 16}.${(n >> 8) & 255}.${n & 255},block,seen in an attack,2099-12-31T12:00Z`;
    return `cardFingerprint,tok_${n},absoluteBlock,a chargeback,`;
  });
  const badLines = rows.flatMap((_, n) => (n % 333 === 7 ? [n + 2] : []));
  const text = header + rows.join('\n');
  const progress: number[] = [];
  const started = Date.now();
  const report = await importEntries(database.pool, { subscriberId: 'large', actor: 'ana' }, text, {
    fingerprint,
    onProgress: (done) => progress.push(done),
  });
  console.log(`100,000 rows in ${Date.now() - started} ms`);
  expect(report).toMatchObject({ rows: 100_000, added: 100_000 - badLines.length, alreadyListed: 0 });
  expect(report.rejectedLines.map(({ line }) => line)).toEqual(badLines);
  expect(progress.length).toBeGreaterThan(50);
  expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  expect(await stored('large')).toEqual({ entries: report.added, audited: report.added });
  const { rows: kept } = await database.pool.query(`select from list_entries where value like 'tok%'`);
  expect(kept).toEqual([]);
  const value = fingerprint('tok_5');
  const found = await lookUp(database.pool, 'large', [{ kind: 'cardFingerprint', value }]);
  expect(found.verdict).toBe('absoluteBlock');

  expect(await importOf('large', text)).toMatchObject({ added: 0, alreadyListed: report.added });
  expect(await stored('large')).toEqual({ entries: report.added, audited: report.added });
});

async function stored(subscriberId: string) {
  const { rows } = await database.pool.query<{ entries: number; audited: number }>(
    `select (select count(*) from list_entries where subscriber_id = $1) as entries,
            (select count(*) from audit where subscriber_id = $1 and action = 'addToList') as audited`,
    [subscriberId],
  );
  return rows[0];
}

test('a rejected line says what is wrong with each field, and repeats nothing of it', async () => {
  const report = await importOf(
    'faults',
    `${header}nobody,secret-1,forbid,,yesterday\nip,secret-2,block,seen,2020-01-01\nname,4242 4242 4242 4242,block,seen,\n`,
  );
  expect(report.rejectedLines).toEqual([
    {
      line: 2,
      why: expect.stringMatching(
        /^kind is none of .*; verdict is none of .*; reason is empty.*; expiresAt is no moment/,
      ),
    },
    { line: 3, why: expect.stringMatching(/^value is no IP address .*; expiresAt has passed$/) },
    { line: 4, why: expect.stringContaining('whole number of a card') },
  ]);
  expect(JSON.stringify(report)).not.toMatch(/secret|4242/);
});

test('a dry run reports what the import would, and changes nothing', async () => {
  const file = `${header}ip,10.0.0.1,block,seen,\nip,10.0.0.1/32,block,seen again,\nname,,block,seen,\n`;
  const expected = { rows: 3, added: 1, alreadyListed: 1, rejected: 1 };
  expect(await importOf('dry', file, { dryRun: true })).toMatchObject({ ...expected, dryRun: true });
  expect(await stored('dry')).toEqual({ entries: 0, audited: 0 });
  expect(await importOf('dry', file)).toMatchObject({ ...expected, dryRun: false });
});

test('the same file imported twice at the same time is added once', async () => {
  const rows = Array.from({ length: 3000 }, (_, n) => `customer,c-${n},block,seen,`);
  const reports = await Promise.all([
    importOf('twice', header + rows.join('\n')),
    importOf('twice', header + rows.toReversed().join('\n')),
  ]);
  expect(reports.reduce((sum, { added }) => sum + added, 0)).toBe(3000);
  expect(await stored('twice')).toEqual({ entries: 3000, audited: 3000 });
});

test.each(['', 'kind|value|verdict|reason\n', 'kind,value,verdict\n', 'kind,value,verdict,reason,note\n'])(
  'a file without the right header is refused as a whole: %j',
  async (text) => {
    await expect(importOf('nobody', text)).rejects.toThrow(ImportRefused);
  },
);

test('the columns may stand in any order, and expiresAt may be left out', async () => {
  const report = await importOf('order', 'reason,verdict,value,kind\r\nseen,allow,10.0.0.0/8,ip\r\n');
  expect(report).toMatchObject({ added: 1, rejected: 0 });
});

test('what a spreadsheet leaves behind is no entry and no fault', async () => {
  const rows = [
    'kind;value;verdict;reason;;',
    'ip;10.0.0.0/8;block;seen;;',
    ';;;;;',
    '  ;;;;;',
    'name;Ana Lima;block;seen',
  ];
  const report = await importOf('excel', `sep=;\r\n${rows.join('\r\n')}\r\n;;;;;\r\n`);
  expect(report).toMatchObject({ rows: 2, added: 2, rejected: 0 });
  const tooWide = await importOf('excel-wide', 'kind,value,verdict,reason\nip,10.0.0.1,block,seen,more\n');
  expect(tooWide.rejectedLines).toMatchObject([{ line: 2, why: 'has 5 fields, not 4 like the header' }]);
});
