import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ChangeKindName, Made, ProposedChange } from '../../../src/domain/proposed-change.ts';
import { accountByUser, hashPassword, passwordMatches } from '../../../src/store/accounts/accounts.ts';
import { clientKeys } from '../../../src/store/accounts/client-keys.ts';
import { everyPerson, recordSignIn } from '../../../src/store/accounts/people.ts';
import { removePerson } from '../../../src/store/accounts/removed-people.ts';
import { restorePersonChange } from '../../../src/store/changes/kinds/people.ts';
import { trailOf } from '../../../src/store/books/trail.ts';
import { confirmChange, expireChanges, rejectChange } from '../../../src/store/changes/end-change.ts';
import { addAccountChange, unlockAccountChange } from '../../../src/store/changes/kinds/accounts.ts';
import { addClientKeyChange } from '../../../src/store/changes/kinds/client-keys.ts';
import {
  addListEntryChange,
  importListEntriesChange,
  removeListEntryChange,
} from '../../../src/store/changes/kinds/lists.ts';
import { putSettingsChange } from '../../../src/store/changes/kinds/settings.ts';
import {
  addWebhookChange,
  enableWebhookChange,
  rotateWebhookSecretChange,
} from '../../../src/store/changes/kinds/webhooks.ts';
import { makeChange } from '../../../src/store/changes/make-change.ts';
import { proposedChange, proposedChanges } from '../../../src/store/changes/proposed-changes.ts';
import { inTransaction } from '../../../src/store/db/postgres.ts';
import { addEntry, listEntries } from '../../../src/store/lists/lists.ts';
import {
  addEndpoint,
  disableEndpoint,
  listEndpoints,
  targetOf,
} from '../../../src/store/notifications/webhook-endpoints.ts';
import { putSettings, settingsInForce } from '../../../src/store/settings/settings.ts';
import { listTasks } from '../../../src/store/tasks/tasks.ts';
import { setAccountStatus, upsertAccount } from '../../../src/store/accounts/accounts.ts';
import { testDatabase, type TestDatabase } from '../../support/database.ts';
import { webhookDeps } from '../../support/webhooks.ts';

const ana = { actor: 'ana', reason: 'as agreed' };
const ben = { actor: 'ben', reason: 'I have looked at it too' };
const REVIEW = 'reminderHours: 2\ndeadlineHours: 8\ndeadlineAction: stayHeld\nfourEyesAbove: { EUR: 1000 }\n';
const ALL = 'takesTwo: [lists, settings, rules, credentials]\n';
const { sealer } = webhookDeps;

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase('owner');
});
afterAll(() => database.drop());

/** A subscriber for whom all of it takes two people. */
async function forTwo(document = ALL): Promise<string> {
  const subscriberId = `subscriber-${randomUUID()}`;
  await putSettings(database.pool, 'fourEyes', subscriberId, document, ana);
  return subscriberId;
}

function proposedIn<R>(made: Made<R>): ProposedChange {
  if ('proposed' in made) return made.proposed;
  throw new Error('it was done by one person alone');
}

const put = (subscriberId: string, settings: 'review' | 'fourEyes', document: string | null, by = ana) =>
  makeChange(database.pool, putSettingsChange, subscriberId, { settings, document }, by);
const confirm = (change: ProposedChange, by = ben, hash = change.hash) =>
  confirmChange(database.pool, change, hash, by);
const entry = (value = '203.0.113.7') =>
  ({ kind: 'ip', value, verdict: 'block', reason: 'card testing', expiresAt: null }) as const;

const userIn = (subscriberId: string) => `user-${subscriberId}`;
const aKey = () =>
  generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString();

/** Each kind of change of a subscriber's own: what has to be there before, how it is proposed, and what is in force once it is confirmed. */
const kinds: {
  readonly [K in Exclude<ChangeKindName, 'restorePerson'>]: (subscriberId: string) => Promise<{
    readonly make: () => Promise<Made<unknown>>;
    readonly inForce: () => Promise<unknown>;
  }>;
} = {
  async putSettings(subscriberId) {
    return {
      make: () => put(subscriberId, 'review', REVIEW),
      inForce: async () => (await settingsInForce(database.pool, 'review', subscriberId))?.version === 1,
    };
  },
  async addListEntry(subscriberId) {
    return {
      make: () => makeChange(database.pool, addListEntryChange, subscriberId, entry(), ana),
      inForce: async () => (await listEntries(database.pool, subscriberId, { limit: 10 })).length === 1,
    };
  },
  async importListEntries(subscriberId) {
    const entries = Array.from({ length: 2500 }, (_, index) => entry(`2001:db8::${index.toString(16)}`));
    return {
      make: () => makeChange(database.pool, importListEntriesChange, subscriberId, { entries }, ana),
      inForce: async () => (await listEntries(database.pool, subscriberId, { limit: 5000 })).length === 2500,
    };
  },
  async removeListEntry(subscriberId) {
    const added = await inTransaction(database.pool, (db) =>
      addEntry(db, { subscriberId, actor: 'ana' }, entry()),
    );
    const content = { entryId: added.entry.entryId };
    return {
      make: () => makeChange(database.pool, removeListEntryChange, subscriberId, content, ana),
      inForce: async () => (await listEntries(database.pool, subscriberId, { limit: 10 })).length === 0,
    };
  },
  async addAccount(subscriberId) {
    const content = { userId: userIn(subscriberId), scopes: ['payment.block'] } as const;
    const hash = await hashPassword('correct horse battery');
    return {
      make: () => makeChange(database.pool, addAccountChange, subscriberId, content, ana, hash),
      inForce: async () => {
        const known = await accountByUser(database.pool, content.userId);
        return known !== undefined && passwordMatches('correct horse battery', known.passwordHash);
      },
    };
  },
  async unlockAccount(subscriberId) {
    const ref = { subscriberId, userId: userIn(subscriberId) };
    await upsertAccount(database.pool, { ...ref, scopes: [], status: 'active' }, 'open sesame');
    await setAccountStatus(database.pool, ref, 'locked', ana);
    return {
      make: () => makeChange(database.pool, unlockAccountChange, subscriberId, { userId: ref.userId }, ana),
      inForce: async () => (await accountByUser(database.pool, ref.userId))?.account.status === 'active',
    };
  },
  async addClientKey(subscriberId) {
    const content = { name: 'checkout', publicKey: aKey() };
    return {
      make: () => makeChange(database.pool, addClientKeyChange, subscriberId, content, ana),
      inForce: async () => (await clientKeys(database.pool, subscriberId)).length === 1,
    };
  },
  async addWebhook(subscriberId) {
    const content = { endpointId: randomUUID(), url: 'https://shop.example/hooks', eventTypes: null };
    const sealed = sealer.seal('whsec_1', content.endpointId);
    return {
      make: () => makeChange(database.pool, addWebhookChange, subscriberId, content, ana, sealed),
      inForce: async () => {
        const target = await targetOf(database.pool, sealer, { subscriberId, ...content });
        return target?.secrets[0] === 'whsec_1';
      },
    };
  },
  async rotateWebhookSecret(subscriberId) {
    const endpointId = await webhookOf(subscriberId);
    const content = { endpointId, overlapHours: 0 };
    const sealed = sealer.seal('whsec_2', endpointId);
    return {
      make: () => makeChange(database.pool, rotateWebhookSecretChange, subscriberId, content, ana, sealed),
      inForce: async () => {
        const target = await targetOf(database.pool, sealer, { subscriberId, endpointId });
        return target?.secrets.join() === 'whsec_2';
      },
    };
  },
  async enableWebhook(subscriberId) {
    const endpointId = await webhookOf(subscriberId);
    await disableEndpoint(database.pool, { subscriberId, endpointId }, ana);
    return {
      make: () => makeChange(database.pool, enableWebhookChange, subscriberId, { endpointId }, ana),
      inForce: async () => (await listEndpoints(database.pool, subscriberId))[0]?.disabledAt === null,
    };
  },
};

async function webhookOf(subscriberId: string): Promise<string> {
  const endpointId = randomUUID();
  const wanted = { endpointId, url: 'https://shop.example/hooks', eventTypes: null };
  await addEndpoint(database.pool, subscriberId, wanted, sealer.seal('whsec_1', endpointId), ana);
  return endpointId;
}

describe.each(Object.entries(kinds))('%s', (kind, prepare) => {
  test('is in force when another person confirms it, and by nobody the same', async () => {
    const subscriberId = await forTwo();
    const { make, inForce } = await prepare(subscriberId);
    const change = proposedIn(await make());
    expect(change).toMatchObject({ kind, state: 'open', proposedBy: 'ana', reason: 'as agreed' });
    expect(await inForce()).toBe(false);
    for (const actor of ['ana', ' ANA', 'аnа', 'a\u200dna']) {
      const itself = confirm(change, { ...ben, actor });
      await expect(itself).rejects.toMatchObject({ name: 'ChangeRefused', kind: 'fourEyes' });
    }
    await expect(confirm(change, ben, 'f'.repeat(32))).rejects.toMatchObject({ kind: 'stale' });
    expect(await inForce()).toBe(false);

    expect(await confirm(change)).toMatchObject({ state: 'confirmed', decidedBy: 'ben' });
    expect(await inForce()).toBe(true);
    await expect(confirm(change)).rejects.toMatchObject({ kind: 'ended' });

    const trail = await trailOf(database.pool, change);
    expect(trail.map(({ action, actor }) => [action, actor])).toEqual(
      expect.arrayContaining([
        ['changeProposed', 'ana'],
        ['changeConfirmed', 'ben'],
      ]),
    );
    expect(trail.at(-1)?.details).toMatchObject({
      change: change.changeId,
      proposedBy: 'ana',
      hash: change.hash,
    });
    expect(Object.keys(trail.at(-1)?.details ?? {})).toEqual(expect.arrayContaining(['before', 'after']));
  });

  test('takes one person where nothing is set', async () => {
    const subscriberId = `subscriber-${randomUUID()}`;
    const { make, inForce } = await prepare(subscriberId);
    expect(await make()).toHaveProperty('done');
    expect(await inForce()).toBe(true);
    expect(await proposedChanges(database.pool, { subscriberId, state: 'all', limit: 10 })).toEqual([]);
  });

  test('is not carried out once its content was changed on record', async () => {
    const subscriberId = await forTwo();
    const { make, inForce } = await prepare(subscriberId);
    const change = proposedIn(await make());
    const tamper = (what: string) =>
      database.pool.query(`update proposed_changes set ${what} where id = $1`, [change.changeId]);
    await expect(tamper(`content = content || ' '`)).rejects.toThrow('never changes, and ends once');
    await expect(database.pool.query('delete from proposed_changes')).rejects.toThrow('append-only');
    // As the owner of the table might.
    await database.pool.query('alter table proposed_changes disable trigger keep');
    await tamper(`content = content || ' '`);
    await database.pool.query('alter table proposed_changes enable trigger keep');
    await expect(confirm(change)).rejects.toMatchObject({ kind: 'stale' });
    expect(await inForce()).toBe(false);
    expect(await rejectChange(database.pool, change, ana)).toMatchObject({ state: 'rejected' });
  });
});

describe('switching it off', () => {
  test.each([
    ['off', null],
    ['weaker', 'takesTwo: [settings]\n'],
    ['for none', 'takesTwo: []\n'],
  ])('takes two while any of it is on: %s', async (_how, document) => {
    const subscriberId = await forTwo('takesTwo: [lists]\n');
    const change = proposedIn(await put(subscriberId, 'fourEyes', document));
    expect(
      proposedIn(await makeChange(database.pool, addListEntryChange, subscriberId, entry(), ana)),
    ).toBeDefined();
    await confirm(change);
    expect(await makeChange(database.pool, addListEntryChange, subscriberId, entry(), ana)).toHaveProperty(
      'done',
    );
  });

  test("one's own settings do not switch off what '*' has set, and what '*' has takes two once any subscriber's does", async () => {
    const own = await testDatabase('owner');
    try {
      const make = (subscriberId: string, settings: 'review' | 'fourEyes', document: string) =>
        makeChange(own.pool, putSettingsChange, subscriberId, { settings, document }, ana);
      expect(await make('*', 'review', REVIEW)).toHaveProperty('done');
      expect(await make('shop', 'fourEyes', ALL)).toHaveProperty('done');
      expect(await make('*', 'review', REVIEW.replace('1000', '9999'))).toHaveProperty('proposed');
      expect(await make('other', 'review', REVIEW)).toHaveProperty('done');
      const change = proposedIn(await make('*', 'fourEyes', ALL));
      await confirmChange(own.pool, change, change.hash, ben);
      expect(await make('other', 'fourEyes', 'takesTwo: []\n')).toHaveProperty('proposed');
    } finally {
      await own.drop();
    }
  });
});

test('to let a removed person in again takes two as soon as credentials do for any subscriber; to remove one takes one', async () => {
  const own = await testDatabase('owner');
  try {
    const restore = () => makeChange(own.pool, restorePersonChange, '*', { person: 'Mallory' }, ana);
    const person = { issuer: 'https://people.example', subject: '1', name: 'mallory', memberships: [] };
    await inTransaction(own.pool, (db) => recordSignIn(db, person));
    const remove = () => inTransaction(own.pool, (db) => removePerson(db, 'mallory', ana));
    await remove();
    expect(await restore()).toMatchObject({ done: { name: 'mallory' } });
    await remove();
    await putSettings(own.pool, 'fourEyes', 'shop', 'takesTwo: [credentials]\n', ana);
    const change = proposedIn(await restore());
    const confirmBy = (by: typeof ben) => confirmChange(own.pool, change, change.hash, by);
    await expect(confirmBy({ ...ben, actor: 'ANA' })).rejects.toMatchObject({ kind: 'fourEyes' });
    expect((await everyPerson(own.pool))[0]?.removed).not.toBeNull();
    await confirmBy(ben);
    expect((await everyPerson(own.pool))[0]?.removed).toBeNull();
  } finally {
    await own.drop();
  }
});

test('what was changed by others meanwhile is not overwritten: it is proposed anew', async () => {
  const subscriberId = await forTwo();
  const first = proposedIn(await put(subscriberId, 'review', REVIEW));
  const second = proposedIn(await put(subscriberId, 'review', REVIEW.replace('1000', '9999')));
  await confirm(second);
  await expect(confirm(first)).rejects.toMatchObject({
    kind: 'stale',
    message: expect.stringContaining('anew'),
  });
  expect((await settingsInForce(database.pool, 'review', subscriberId))?.settings.fourEyesAbove).toEqual({
    EUR: 9999,
  });
});

test('what could not be carried out is refused when it is proposed, and what changes nothing needs no one', async () => {
  const subscriberId = await forTwo();
  await expect(put(subscriberId, 'review', 'reminderHours: x\n')).rejects.toMatchObject({
    name: 'SettingsRefused',
  });
  expect(await put(subscriberId, 'fourEyes', ALL)).toMatchObject({ done: { version: 1 } });
  const none = makeChange(database.pool, removeListEntryChange, subscriberId, { entryId: 999_999 }, ana);
  expect(await none).toEqual({ done: undefined });
  const anothers = await forTwo();
  const ref = { subscriberId: anothers, userId: userIn(subscriberId) };
  await upsertAccount(database.pool, { ...ref, scopes: [], status: 'active' }, 'open sesame');
  const taken = { userId: ref.userId, scopes: [] };
  await expect(
    makeChange(database.pool, addAccountChange, subscriberId, taken, ana, 'scrypt:x:y'),
  ).rejects.toThrow('belongs to another service subscriber');
  expect(await proposedChanges(database.pool, { subscriberId, state: 'all', limit: 10 })).toEqual([]);
});

test('a rejected change is never in force, and of an ended one no secret is kept', async () => {
  const subscriberId = await forTwo();
  const { make, inForce } = await kinds.addWebhook(subscriberId);
  const change = proposedIn(await make());
  const secretOf = async () => {
    const { rows } = await database.pool.query<{ secret: string | null }>(
      'select secret from proposed_changes where id = $1',
      [change.changeId],
    );
    return rows[0]?.secret;
  };
  expect(await secretOf()).toMatch(/^v1\./);
  expect(await rejectChange(database.pool, change, ben)).toMatchObject({
    state: 'rejected',
    decidedBy: 'ben',
  });
  expect(await secretOf()).toBeNull();
  await expect(confirm(change)).rejects.toMatchObject({ kind: 'ended' });
  expect(await inForce()).toBe(false);
});

test("a proposal is a task that its end closes; another subscriber's is not there", async () => {
  const subscriberId = await forTwo();
  const change = proposedIn(await put(subscriberId, 'review', REVIEW));
  const tasks = () => listTasks(database.pool, { subscriberId, state: 'open', limit: 10 });
  expect(await tasks()).toMatchObject([
    {
      kind: 'changeProposed',
      subject: `change:${change.changeId}`,
      summary: expect.stringContaining('fourEyesAbove.EUR from not set to 1000'),
    },
  ]);
  const elsewhere = { changeId: change.changeId, subscriberId: await forTwo() };
  await expect(confirmChange(database.pool, elsewhere, change.hash, ben)).rejects.toMatchObject({
    kind: 'unknown',
  });
  await confirm(change);
  expect(await tasks()).toEqual([]);
});

test('after a week it has expired', async () => {
  const subscriberId = await forTwo();
  const change = proposedIn(await put(subscriberId, 'review', REVIEW));
  await database.pool.query('alter table proposed_changes disable trigger keep');
  await database.pool.query(
    `update proposed_changes set proposed_at = now() - interval '8 days', expires_at = now() - interval '1 day'
      where id = $1`,
    [change.changeId],
  );
  await database.pool.query('alter table proposed_changes enable trigger keep');
  await expect(confirm(change)).rejects.toMatchObject({
    kind: 'ended',
    message: expect.stringContaining('expired'),
  });
  await expireChanges(database.pool);
  expect(await proposedChange(database.pool, subscriberId, change.changeId)).toMatchObject({
    state: 'expired',
  });
  expect(await listTasks(database.pool, { subscriberId, state: 'open', limit: 10 })).toEqual([]);
});

test('the database itself takes no confirmation by the one who proposed it', async () => {
  const subscriberId = await forTwo();
  const change = proposedIn(await put(subscriberId, 'review', REVIEW));
  const forced = database.pool.query(
    `update proposed_changes set state = 'confirmed', decided_by = 'Ana', decided_by_key = 'ana', decided_at = now(),
            decision_reason = 'x' where id = $1`,
    [change.changeId],
  );
  await expect(forced).rejects.toThrow('four_eyes');
});

test('a process that dies with its last statement leaves nothing in force, and it can be confirmed again', async () => {
  const subscriberId = await forTwo();
  const { make, inForce } = await kinds.importListEntries(subscriberId);
  const change = proposedIn(await make());
  await database.pool.query(
    `create function die() returns trigger language plpgsql as
       'begin perform pg_terminate_backend(pg_backend_pid()); return new; end';
     create trigger die after insert on audit for each row when (new.action = 'changeConfirmed') execute function die()`,
  );
  try {
    await expect(confirm(change)).rejects.toThrow(/terminat/i);
  } finally {
    await database.pool.query('drop trigger die on audit; drop function die');
  }
  expect(await inForce()).toBe(false);
  expect(await proposedChange(database.pool, subscriberId, change.changeId)).toMatchObject({ state: 'open' });
  await confirm(change);
  expect(await inForce()).toBe(true);
});

test('two who confirm at once carry it out once', async () => {
  const subscriberId = await forTwo();
  const change = proposedIn(await put(subscriberId, 'review', REVIEW));
  const results = await Promise.allSettled([confirm(change), confirm(change, { ...ben, actor: 'cleo' })]);
  expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
  expect((await settingsInForce(database.pool, 'review', subscriberId))?.version).toBe(1);
});
