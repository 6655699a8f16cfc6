import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { trailOf } from '../../src/store/books/trail.ts';
import type { Role } from '../../src/domain/roles.ts';
import { recordSignIn } from '../../src/store/accounts/people.ts';
import { beginSession } from '../../src/store/accounts/sessions.ts';
import { inTransaction } from '../../src/store/db/postgres.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { type Answer, Api, noTemporal } from '../support/api-rig.ts';
import { testDatabase } from '../support/database.ts';
import { documentOf } from '../support/rule-documents.ts';

let api: Api;
beforeAll(async () => {
  api = await Api.over(await testDatabase(), noTemporal(), 'nobody');
});
afterAll(async () => {
  await api.app.close();
  await api.database.drop();
});

/** A person who is signed in. */
async function person(name: string, subscriberId: string, role: Role = 'administrator') {
  const known = { issuer: 'https://people.example', subject: randomUUID(), name };
  const { secret } = await inTransaction(api.database.pool, async (db) => {
    const signedIn = await recordSignIn(db, { ...known, memberships: [{ subscriberId, role }] });
    return beginSession(db, signedIn, subscriberId);
  });
  return { authorization: `Bearer ${secret}` };
}

/** Two people, and a service account that is called as the first, of a subscriber whose lists and credentials take two. */
async function two() {
  const name = randomUUID();
  const account = await api.user({ userId: `Аna ${name}` });
  const { subscriberId } = account;
  const document = 'takesTwo: [lists, credentials]\n';
  const by = { actor: 'ana', reason: 'as agreed' };
  await putSettings(api.database.pool, 'fourEyes', subscriberId, document, by);
  return {
    subscriberId,
    name,
    service: { 'x-auth-token': await api.token(account) },
    ana: await person(`ana ${name}`, subscriberId),
    ben: await person(`ben ${name}`, subscriberId),
  };
}

const ENTRY = { kind: 'ip', value: '203.0.113.0/24', verdict: 'block', reason: 'card testing' };
const REASON = { reason: 'I have looked at it too' };

function proposedIn({ body }: Answer) {
  return z.object({ proposed: z.looseObject({ changeId: z.int(), hash: z.string() }) }).parse(body).proposed;
}

describe.each([
  ['POST /lists', '/lists', ENTRY],
  ['POST /webhooks', '/webhooks', { url: 'http://127.0.0.1:1/hooks', reason: 'the till listens' }],
])('%s', (_name, url, body) => {
  test('answers 202 with what is proposed, and is in force once another user confirms it', async () => {
    const { subscriberId, ana, ben } = await two();
    const answer = await api.post(url, ana, body);
    expect(answer).toMatchObject({
      status: 202,
      body: { responseCode: '0000', proposed: { state: 'open' } },
    });
    const { changeId, hash } = proposedIn(answer);
    const before = await api.get(url, ana);
    expect(Object.values(before.body).filter(Array.isArray)).toEqual([[]]);

    const itself = await api.post(`/changes/${changeId}/confirm`, ana, { hash, ...REASON });
    expect(itself).toMatchObject({ status: 403, body: { responseCode: '0018' } });
    const other = await api.post(`/changes/${changeId}/confirm`, ben, { hash: 'f'.repeat(32), ...REASON });
    expect(other).toMatchObject({ status: 409, body: { responseCode: '0002' } });
    expect((await api.get('/changes', ben)).body).toMatchObject({
      changes: [{ changeId, hash }],
      next: null,
    });

    const confirmed = await api.post(`/changes/${changeId}/confirm`, ben, { hash, ...REASON });
    expect(confirmed).toMatchObject({ status: 200, body: { change: { state: 'confirmed' } } });
    const after = await api.get(url, ana);
    expect(Object.values(after.body).filter(Array.isArray)).toEqual([[expect.anything()]]);
    expect(await api.post(`/changes/${changeId}/confirm`, ben, { hash, ...REASON })).toMatchObject({
      status: 409,
    });
    const trail = await trailOf(api.database.pool, {
      subscriberId,
      subject: String(proposedIn(answer)['subject']),
    });
    expect(trail.map(({ action }) => action)).toEqual(
      expect.arrayContaining(['changeProposed', 'changeConfirmed']),
    );
  });
});

test('a service account proposes, and neither it nor the person who is called like it is the second pair of eyes', async () => {
  const { subscriberId, service, ana, ben } = await two();
  const { changeId, hash } = proposedIn(await api.post('/lists', service, ENTRY));
  const other = { 'x-auth-token': await api.token(await api.user({ subscriberId })) };
  for (const headers of [service, other, ana]) {
    const refused = await api.post(`/changes/${changeId}/confirm`, headers, { hash, ...REASON });
    expect(refused).toMatchObject({ status: 403, body: { responseCode: '0018' } });
  }
  expect(await api.post(`/changes/${changeId}/confirm`, ben, { hash, ...REASON })).toMatchObject({
    status: 200,
  });
});

test('a person confirms only what they may change themselves', async () => {
  const { subscriberId, name, ana } = await two();
  const analyst = await person(`cleo ${name}`, subscriberId, 'riskAnalyst');
  const viewer = await person(`vera ${name}`, subscriberId, 'viewer');
  const webhook = { url: 'http://127.0.0.1:1/hooks', reason: 'the till listens' };
  const [entry, endpoint] = [
    proposedIn(await api.post('/lists', ana, ENTRY)),
    proposedIn(await api.post('/webhooks', ana, webhook)),
  ];
  const confirm = ({ changeId, hash }: typeof entry, headers: Record<string, string>) =>
    api.post(`/changes/${changeId}/confirm`, headers, { hash, ...REASON });
  expect(await confirm(entry, viewer)).toMatchObject({ status: 403 });
  expect(await confirm(endpoint, analyst)).toMatchObject({ status: 403 });
  expect(await api.post(`/changes/${endpoint.changeId}/reject`, analyst, REASON)).toMatchObject({
    status: 403,
  });
  expect(await confirm(entry, analyst)).toMatchObject({ status: 200 });
  expect((await api.get('/changes', viewer)).body).toMatchObject({
    changes: [{ changeId: endpoint.changeId }],
  });
});

test('a second person reads all of it, and another subscriber nothing; what is rejected is not in force', async () => {
  const { ana, ben } = await two();
  const { changeId, hash } = proposedIn(await api.post('/lists', ana, ENTRY));
  expect((await api.get(`/changes/${changeId}`, ben)).body).toMatchObject({
    change: { summary: 'add to the lists: block ip', content: ENTRY, before: null },
  });
  const stranger = await person(`s ${randomUUID()}`, `subscriber-${randomUUID()}`);
  expect(await api.get(`/changes/${changeId}`, stranger)).toMatchObject({ status: 404 });
  expect(await api.post(`/changes/${changeId}/confirm`, stranger, { hash, ...REASON })).toMatchObject({
    status: 404,
  });
  expect((await api.get('/changes?state=all', stranger)).body).toMatchObject({ changes: [] });
  expect(await api.post(`/changes/${changeId}/reject`, ben, REASON)).toMatchObject({ status: 200 });
  expect((await api.get('/lists', ana)).body).toMatchObject({ entries: [] });
  expect((await api.get('/changes', ana)).body).toMatchObject({ changes: [] });
  expect((await api.get('/changes?state=rejected', ana)).body).toMatchObject({ changes: [{ changeId }] });
});

test('a file is proposed as a whole, and one that is too long is refused', async () => {
  const { ana, ben } = await two();
  const csv = { ...ana, 'content-type': 'text/csv; charset=utf-8' };
  const file =
    'kind,value,verdict,reason\nip,203.0.113.7,block,seen\nip,nowhere,block,seen\nip,203.0.113.8,block,seen\n';
  const answer = await api.post('/lists/import', csv, file);
  expect(answer).toMatchObject({ status: 202, body: { rows: 3, added: 0, rejected: 1 } });
  const { changeId, hash } = proposedIn(answer);
  expect((await api.get('/lists', ana)).body).toMatchObject({ entries: [] });
  await api.post(`/changes/${changeId}/confirm`, ben, { hash, ...REASON });
  expect((await api.get('/lists', ana)).body).toMatchObject({ entries: [{}, {}] });
  const rows = Array.from({ length: 10_001 }, (_, index) => `ip,2001:db8::${index.toString(16)},block,seen`);
  const long = await api.post('/lists/import', csv, `kind,value,verdict,reason\n${rows.join('\n')}\n`);
  expect(long).toMatchObject({
    status: 400,
    body: { responseDescription: expect.stringContaining('import it in parts') },
  });
});

test('to disable or remove a webhook takes one person; to give it a new secret, or enable it again, two', async () => {
  const { ana, ben } = await two();
  const { changeId, hash, subject } = proposedIn(
    await api.post('/webhooks', ana, { url: 'http://127.0.0.1:1/hooks', reason: 'the till listens' }),
  );
  await api.post(`/changes/${changeId}/confirm`, ben, { hash, ...REASON });
  const path = `/webhooks/${String(subject).replace('webhook:', '')}`;
  const change = (what: string) => api.post(`${path}/${what}`, ana, { reason: 'it leaked' });
  expect(await change('rotate')).toMatchObject({
    status: 202,
    body: { secret: expect.stringMatching(/^whsec_/) },
  });
  expect(await change('enable')).toMatchObject({ status: 200 });
  expect(await change('disable')).toMatchObject({ status: 200 });
  expect(await change('enable')).toMatchObject({ status: 202 });
  expect(await change('remove')).toMatchObject({ status: 200 });
});

test('a rule set is activated by another user than who added it where the settings say so, whatever the service is started with', async () => {
  const started = { fourEyes: false };
  const lenient = await Api.over(api.database, noTemporal(), 'nobody', started);
  try {
    const { subscriberId, name, ana, ben } = await two();
    const activate = async (version: number, headers: Record<string, string>) => {
      const added = await lenient.post('/rules', ana, { document: documentOf({ version }), reason: 'new' });
      return lenient.post(`/rules/${String(added.body['ruleSetId'])}/activate`, headers, { reason: 'seen' });
    };
    expect(await activate(1, ana)).toMatchObject({ status: 200 });
    const by = { actor: name, reason: 'as agreed' };
    await putSettings(api.database.pool, 'fourEyes', subscriberId, 'takesTwo: [rules]\n', by);
    expect(await activate(2, ana)).toMatchObject({ status: 403, body: { responseCode: '0018' } });
    expect(await activate(2, ben)).toMatchObject({ status: 200, body: { state: 'active' } });
  } finally {
    await lenient.app.close();
  }
});

test('without the scope nothing is read or confirmed', async () => {
  const { subscriberId, ana } = await two();
  const { changeId, hash } = proposedIn(await api.post('/lists', ana, ENTRY));
  const headers = {
    'x-auth-token': await api.token(await api.user({ subscriberId, scopes: ['lists.write'] })),
  };
  expect(await api.get('/changes', headers)).toMatchObject({ status: 403 });
  expect(await api.post(`/changes/${changeId}/confirm`, headers, { hash, ...REASON })).toMatchObject({
    status: 403,
  });
});
