import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  explainAnswer,
  isWeak,
  type ListKind,
  listKinds,
  type ListVerdict,
  listVerdicts,
} from '../../../src/domain/list-entry.ts';
import { isInNetwork, parseIp, parseNetwork, spellNetwork } from '../../../src/rules/ip.ts';
import { listKeys, listValue } from '../../../src/rules/list-value.ts';
import type { RuleSubject } from '../../../src/rules/subject.ts';
import { cardFingerprints } from '../../../src/store/payments/card-fingerprint.ts';
import { gatherFacts } from '../../../src/store/decisions/facts.ts';
import { addEntry, listEntries, lookUp, removeEntry } from '../../../src/store/lists/lists.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

// Nothing is ever deleted, so each test is a subscriber of its own.
let subscriberId: string;
let tests = 0;
beforeEach(() => {
  tests += 1;
  subscriberId = `subscriber-${tests}`;
});

const fingerprint = cardFingerprints('a secret of at least thirty-two characters');

function valueOf(kind: ListKind, text: string): string {
  const read = listValue(kind, text, fingerprint);
  if ('problem' in read) throw new Error(read.problem);
  return read.value;
}

interface Asked {
  readonly kind: ListKind;
  readonly text: string;
  readonly verdict?: ListVerdict;
  readonly expiresAt?: Date | null;
  readonly reason?: string;
}

function add(
  { kind, text, verdict = 'block', expiresAt = null, reason = 'a chargeback' }: Asked,
  of = subscriberId,
) {
  const entry = { kind, value: valueOf(kind, text), verdict, reason, expiresAt };
  return inTransaction(database.pool, (db) => addEntry(db, { subscriberId: of, actor: 'ana' }, entry));
}

function ask(kind: ListKind, text: string, of = subscriberId) {
  return lookUp(database.pool, of, [{ kind, value: valueOf(kind, text) }]);
}

/** Puts an entry on record as it would be had it been added for a time that is over now. */
async function addExpired(kind: ListKind, text: string): Promise<void> {
  await database.pool.query(
    `insert into list_entries (subscriber_id, kind, value, verdict, reason, added_by, added_at, expires_at)
     values ($1, $2, $3, 'block', 'for a day', 'ana', now() - interval '2 days', now() - interval '1 day')`,
    [subscriberId, kind, valueOf(kind, text)],
  );
}

const subject = (): RuleSubject => ({
  subscriberId,
  invoiceGUID: 'invoice',
  customerUuid: 'customer',
  customerFirstName: 'Anna',
  customerLastName: 'Huber',
  ccLastFour: '4242',
  cardHolder: 'Zoë Gruber',
  cardFingerprint: fingerprint('tok_1'),
  ipAddress: '198.51.100.7',
  onlinePayment: true,
});
const facts = async () => (await gatherFacts(database.pool, { aggregates: [], lists: [] }, subject())).facts;

describe('a listed value is found', () => {
  test.each<[ListKind, string, string]>([
    ['customer', 'customer-1', ' customer-1 '],
    ['cardFingerprint', 'tok_1', fingerprint('tok_1')],
    ['ip', '203.0.113.7', '203.0.113.7'],
    ['ip', '203.0.113.0/24', '::ffff:203.0.113.7'],
    ['ip', '2001:db8:bad::/48', '2001:0DB8:0bad:ffff::1'],
    ['ip', '2001:db8::1', '2001:db8:0:0:0:0:0:1'],
    ['card', '4242:Zoë Gruber', '4242, ZOE  GRUBER'],
    ['name', 'GRUBER, Hans-Peter', 'Hans Peter Gruber'],
  ])('by %s: %s is %s', async (kind, listed, asked) => {
    const { entry } = await add({ kind, text: listed });
    expect(await ask(kind, asked)).toMatchObject({ verdict: 'block', decidedBy: { entryId: entry.entryId } });
    expect((await ask(kind, asked, 'another')).verdict).toBe('none');
  });

  test.each<[ListKind, string, string]>([
    ['ip', '203.0.113.0/24', '203.0.114.1'],
    ['ip', '2001:db8:bad::/48', '2001:db8:bae::1'],
    ['card', '4242:Zoë Gruber', '4243:Zoë Gruber'],
    ['cardFingerprint', 'tok_1', 'tok_2'],
    ['customer', 'customer-1', 'Customer-1'],
  ])('and another is not, by %s: %s is not %s', async (kind, listed, asked) => {
    await add({ kind, text: listed });
    expect((await ask(kind, asked)).verdict).toBe('none');
  });
});

test.each<[ListKind, string, string]>([
  ['ip', '203.0.113.256', 'no IP address'],
  ['ip', '203.0.113.0/33', 'no IP address'],
  ['ip', '203.0.113.9/24', 'bits beyond its prefix'],
  ['ip', '0.0.0.0/0', 'too large a network'],
  ['card', 'Zoë Gruber', 'last four digits'],
  ['card', '4242424242424242:Zoë Gruber', 'whole number of a card'],
  ['name', '4242 4242 4242 4242', 'whole number of a card'],
  ['name', '---', 'no letter'],
  ['name', 'Zo\uFFFD', 'UTF-8'],
  ['cardFingerprint', 'fp_12', 'no fingerprint'],
  ['customer', 'x'.repeat(65), 'longer'],
  ['customer', '  ', 'is empty'],
])('a value that could match nothing is refused, by %s: %s', (kind, text, why) => {
  expect(listValue(kind, text, fingerprint)).toEqual({ problem: expect.stringContaining(why) });
});

test('a match that can be another person says that it is weak; one that cannot does not', async () => {
  await add({ kind: 'card', text: '4242:Zoë Gruber' });
  expect(explainAnswer(await ask('card', '4242:Zoë Gruber'))).toMatch(
    /^blocked by entry \d+ on the card \(a weak match: last four and holder can be another card's\), added by ana: a ch/,
  );
  await add({ kind: 'ip', text: '198.51.100.7' });
  expect(explainAnswer(await ask('ip', '198.51.100.7'))).toMatch(
    /^blocked by entry \d+ on the ip, added by ana/,
  );
  expect(listKinds.filter(isWeak)).toEqual(['card', 'name']);
});

test('what a decision is told is what the strongest live match says, whatever else is listed', async () => {
  const about: Readonly<Record<ListKind, string>> = {
    customer: 'customer',
    cardFingerprint: 'tok_1',
    ip: '198.51.100.7',
    card: '4242:Zoe Gruber',
    name: 'Huber Anna',
  };
  const elsewhere: typeof about = { ...about, customer: 'other', ip: '10.0.0.0/8', name: 'Hans' };
  const anyEntry = fc.record({
    kind: fc.constantFrom(...listKinds),
    verdict: fc.constantFrom(...listVerdicts),
    fate: fc.constantFrom('live', 'live', 'expired', 'removed', 'elsewhere', 'foreign'),
  });
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyEntry, { maxLength: 12 }), async (entries) => {
      run += 1;
      const base = subscriberId;
      subscriberId = `${base}-${run}`;
      try {
        for (const { kind, verdict, fate } of entries) {
          const text = fate === 'elsewhere' ? elsewhere[kind] : about[kind];
          if (fate === 'expired' && verdict === 'block') await addExpired(kind, text).catch(() => {});
          else if (fate === 'removed' || fate === 'expired') {
            // Removes only what it has added itself.
            const { added, entry } = await add({ kind, text, verdict });
            const editor = { subscriberId, actor: 'ben' };
            if (added) await removeEntry(database.pool, editor, entry.entryId, 'a mistake');
          } else await add({ kind, text, verdict }, fate === 'foreign' ? 'foreign' : subscriberId);
        }
        const matches = entries.filter(
          ({ kind, fate }) => fate === 'live' || (fate === 'elsewhere' && elsewhere[kind] === about[kind]),
        );
        const verdict =
          listVerdicts.find((each) => matches.some((match) => match.verdict === each)) ?? 'none';
        const kind =
          listKinds.find((each) =>
            matches.some((match) => match.kind === each && match.verdict === verdict),
          ) ?? 'none';
        expect(await facts()).toMatchObject({ listVerdict: verdict, listMatch: kind });
        const answer = await lookUp(database.pool, subscriberId, listKeys(subject()));
        expect({ verdict: answer.verdict, kind: answer.decidedBy?.kind ?? 'none' }).toEqual({
          verdict,
          kind,
        });
        expect((await facts())['listEntryId']).toBe(answer.decidedBy?.entryId ?? null);
      } finally {
        subscriberId = base;
      }
    }),
    { numRuns: 60 },
  );
});

describe('an entry that has expired', () => {
  test('matches nothing and is not listed, although nobody has cleared it away', async () => {
    await addExpired('ip', '198.51.100.7');
    expect((await ask('ip', '198.51.100.7')).verdict).toBe('none');
    expect(await facts()).toMatchObject({ listVerdict: 'none', listMatch: 'none', listEntryId: null });
    expect(await listEntries(database.pool, subscriberId, { limit: 10 })).toEqual([]);
  });

  test('makes room for a new one, and stays on record as expired', async () => {
    await addExpired('ip', '198.51.100.7');
    expect(await add({ kind: 'ip', text: '198.51.100.7' })).toMatchObject({ added: true });
    const { rows } = await database.pool.query(
      'select removed_by from list_entries where subscriber_id = $1 order by id',
      [subscriberId],
    );
    expect(rows).toEqual([{ removed_by: 'expiry' }, { removed_by: null }]);
  });
});

test('the same entry added many times at once is one entry, one line in the audit, and everybody is told it', async () => {
  const told = await Promise.all(
    Array.from({ length: 8 }, () => add({ kind: 'ip', text: '203.0.113.0/24' })),
  );
  expect(told.filter(({ added }) => added)).toHaveLength(1);
  expect(new Set(told.map(({ entry }) => entry.entryId)).size).toBe(1);
  const { rows } = await database.pool.query('select action, actor from audit where subscriber_id = $1', [
    subscriberId,
  ]);
  expect(rows).toEqual([{ action: 'addToList', actor: 'ana' }]);
});

test('a removed entry no longer matches, and who removed it and why stays on record', async () => {
  const { entry } = await add({ kind: 'customer', text: 'customer' });
  const remove = (of: string) =>
    inTransaction(database.pool, (db) =>
      removeEntry(db, { subscriberId: of, actor: 'ben' }, entry.entryId, 'paid up'),
    );
  expect(await remove('another')).toBeUndefined();
  expect(await remove(subscriberId)).toMatchObject({ entryId: entry.entryId });
  expect(await remove(subscriberId)).toBeUndefined();
  expect((await ask('customer', 'customer')).verdict).toBe('none');
  const { rows } = await database.pool.query(
    `select subject, action, actor, details ->> 'reason' as reason from audit where subscriber_id = $1 order by id`,
    [subscriberId],
  );
  expect(rows).toEqual([
    { subject: `listEntry:${entry.entryId}`, action: 'addToList', actor: 'ana', reason: 'a chargeback' },
    { subject: `listEntry:${entry.entryId}`, action: 'removeFromList', actor: 'ben', reason: 'paid up' },
  ]);
  await expect(database.pool.query('delete from list_entries')).rejects.toThrow('never deleted');
  await expect(database.pool.query(`update list_entries set reason = 'x'`)).rejects.toThrow('never changes');
});

test('pages show every live entry once, newest first', async () => {
  for (const last of [1, 2, 3, 4, 5]) await add({ kind: 'ip', text: `203.0.113.${last}` });
  await add({ kind: 'name', text: 'Hans Gruber', verdict: 'allow' });
  const page = (before?: number) =>
    listEntries(database.pool, subscriberId, { kind: 'ip', verdict: 'block', before, limit: 2 });
  const first = await page();
  const second = await page(first.at(-1)?.entryId);
  const third = await page(second.at(-1)?.entryId);
  expect([...first, ...second, ...third].map(({ value }) => value)).toEqual(
    [5, 4, 3, 2, 1].map((last) => `203.0.113.${last}`),
  );
});

test('a look-up among many entries goes through the indexes, also right after they were imported', async () => {
  await database.pool.query(
    `insert into list_entries (subscriber_id, kind, value, verdict, reason, added_by)
     select $1, 'ip', '10.' || n / 65536 || '.' || n / 256 % 256 || '.' || n % 256, 'block', 'many', 'ana'
       from generate_series(1, 20000) as n
      union all select $1, 'customer', 'c' || n, 'block', 'many', 'ana' from generate_series(1, 20000) as n`,
    [subscriberId],
  );
  const client = await database.pool.connect();
  const plans: string[] = [];
  client.on('notice', ({ message }) => plans.push(message ?? ''));
  await client.query(`load 'auto_explain'`);
  await client.query('set auto_explain.log_min_duration = 0; set client_min_messages = log');
  await gatherFacts(client, { aggregates: [], lists: [] }, subject());
  await database.pool.query('analyze list_entries');
  await gatherFacts(client, { aggregates: [], lists: [] }, subject());
  client.release(true);
  const found = plans.filter((plan) => plan.includes('list_entries'));
  expect(found).toHaveLength(2);
  for (const plan of found) {
    expect(plan).not.toContain('Seq Scan on list_entries');
    expect(plan).toContain('Index Cond: (network >>= ');
    expect(plan).toMatch(/Index Cond: \(\(value = .* AND \(kind = /);
  }
});

test('a network whose digits are like a card number is one all the same', async () => {
  await add({ kind: 'ip', text: '203.110.102.224/27' }, subscriberId);
  expect((await ask('ip', '203.110.102.225', subscriberId)).verdict).not.toBe('none');
});

// A value that a person would not recognise as an address must not become one in Postgres.
test('a network of any spelling matches exactly the addresses in it', async () => {
  const network = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 8, max: 32 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 16, max: 128 })),
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(
      network,
      fc.oneof(fc.ipV4(), fc.ipV6()),
      fc.boolean(),
      async ([first, prefix], other, near) => {
        run += 1;
        const of = `${subscriberId}-${run}`;
        const asked = near ? first : other;
        const [address, listed] = [parseIp(asked), parseNetwork(`${first}/${prefix}`)];
        if (address === undefined || listed === undefined || listed.prefix < 8) return;
        await add({ kind: 'ip', text: spellNetwork(listed) }, of);
        expect((await ask('ip', asked, of)).verdict !== 'none').toBe(isInNetwork(address, listed));
      },
    ),
    { numRuns: 60 },
  );
});
