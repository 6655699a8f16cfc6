import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { PaymentBlockClient } from '../../src/client/index.ts';
import type { BlockedPayment } from '../../src/domain/payment.ts';
import { searchAttributes } from '../../src/temporal/search-attributes.ts';
import { businessCalendar } from '../../src/settings/business-hours.ts';
import { claimPartnerReference } from '../../src/store/payments/partner-requests.ts';
import { putSettings } from '../../src/store/settings/settings.ts';
import { samplePayment } from '../../tools/payments.ts';
import { LifecycleRig } from '../support/lifecycle-rig.ts';

const HOUR = 3600_000;
const anaRefunds = { refundAmount: true, operator: 'ana', reason: 'the customer confirmed it' };
const anaReleases = { ...anaRefunds, refundAmount: false };

const OFFICE_HOURS = `
reminderHours: 4
escalation: { hours: 8, to: fraud-leads }
deadlineHours: 16
deadlineAction: release
calendar:
  timeZone: Europe/Berlin
  hours: { monday: [09:00-17:00], tuesday: [09:00-17:00], thursday: [09:00-17:00] }
  holidays: { country: DE }
`;
const FOUR_EYES = `
reminderHours: 4
deadlineHours: 24
deadlineAction: refund
fourEyesAbove: { EUR: 2500, "*": 1000 }
`;

let rig: LifecycleRig;
beforeAll(async () => {
  rig = await LifecycleRig.start();
  await set('office', OFFICE_HOURS);
  await set('four-eyes', FOUR_EYES);
});
afterAll(async () => {
  await rig.stop();
});

async function set(subscriberId: string, document: string): Promise<void> {
  const { pool } = rig.database;
  await putSettings(pool, 'review', subscriberId, document, { actor: 'ana', reason: 'as agreed' });
}

/** Held by the rule amount-large. */
const large = (subscriberId: string, minor = 250_001) =>
  samplePayment({ subscriberId, amount: { minor, currency: 'EUR' } });

async function auditOf({ subscriberId, uniqueReference }: BlockedPayment) {
  const { rows } = await rig.database.pool.query<{ action: string; actor: string; details: unknown }>(
    'select action, actor, details from audit where subscriber_id = $1 and subject = $2 order by id',
    [subscriberId, `payment:${uniqueReference}`],
  );
  return rows;
}

async function rowOf({ subscriberId, uniqueReference }: BlockedPayment): Promise<Record<string, unknown>> {
  const { rows } = await rig.database.pool.query<Record<string, unknown>>(
    'select * from payments where subscriber_id = $1 and unique_reference = $2',
    [subscriberId, uniqueReference],
  );
  return rows[0] ?? {};
}

/** What an Update was refused with. */
async function refusal(payment: BlockedPayment, name: string, input: unknown): Promise<string | undefined> {
  const update = rig.lifecycle(payment).executeUpdate(name, { args: [input] });
  return update.then(
    () => 'taken',
    (error: WorkflowUpdateFailedError) => error.cause?.message,
  );
}

async function proposalOf(client: PaymentBlockClient, payment: BlockedPayment) {
  const { proposal } = await client.payment(payment);
  if (!proposal) throw new Error('nothing is proposed');
  return proposal;
}

describe('deadlines that act', () => {
  test('reminder, escalation and deadline come when their business hours have passed, by the version in force', async () => {
    const payment = large('office');
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await set('office', OFFICE_HOURS.replace('release', 'refund'));
      expect(await rig.lifecycle(payment).result()).toMatchObject({
        status: 'released',
        decidedBy: 'deadline',
      });
      const { timeline } = await client.payment(payment);
      expect(timeline.map(({ text }) => text)).toContain('review settings: version 1 of office');
      const at = (text: string) => Date.parse(timeline.find((entry) => entry.text === text)?.at ?? '');
      const officeHours = businessCalendar({
        timeZone: 'Europe/Berlin',
        hours: Object.fromEntries(
          ['monday', 'tuesday', 'thursday'].map((day) => [day, [{ from: 540, to: 1020 }]]),
        ),
        holidays: { country: 'DE' },
        closed: [],
      });
      for (const [text, hours] of [
        ['reminded', 4],
        ['escalated to fraud-leads', 8],
        ['released', 16],
      ] as const) {
        const late = at(text) - officeHours.add(at('held'), hours * HOUR);
        expect([text, late >= -1000 && late < 60_000]).toEqual([text, true]);
      }
    });
    const mails = await rig.subjectsAbout(payment.uniqueReference);
    expect(mails.map((subject) => subject.split(':')[0])).toEqual([
      'Decide',
      'Reminder',
      'Escalated',
      'Released',
    ]);
    expect(await rowOf(payment)).toMatchObject({ escalated_to: 'fraud-leads', held_at: expect.any(Date) });
    expect((await auditOf(payment)).find(({ action }) => action === 'hold')?.details).toMatchObject({
      settings: { subscriberId: 'office', version: 1 },
    });
  });

  test('a paused review is due at no time, asks for attention after three days, and then has all its hours left', async () => {
    const payment = large('demo');
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      const run = rig.lifecycle(payment);
      await run.executeUpdate('pauseReview', { args: [{ operator: 'ana', reason: 'papers' }] });
      expect(await rowOf(payment)).toMatchObject({ review_due_at: null, paused_at: expect.any(Date) });
      expect(await refusal(payment, 'pauseReview', { operator: 'ana' })).toContain('paused already');
      expect(await refusal(payment, 'extendReview', { hours: 1, operator: 'ana' })).toContain('resumeReview');
      await rig.env.sleep('80h');
      expect((await client.payment(payment)).status).toBe('held');
      expect((await run.describe()).typedSearchAttributes.get(searchAttributes.needsAttention)).toBe(true);

      const resumedAt = await rig.env.currentTimeMs();
      await run.executeUpdate('resumeReview', { args: [{ operator: 'ben' }] });
      expect(await rowOf(payment)).toMatchObject({ review_due_at: expect.any(Date), paused_at: null });
      expect(await run.result()).toMatchObject({ status: 'refunded', decidedBy: 'deadline' });
      const hours = ((await rig.env.currentTimeMs()) - resumedAt) / HOUR;
      expect(hours).toBeGreaterThanOrEqual(23.9);
    });
    const mails = await rig.subjectsAbout(payment.uniqueReference);
    expect(mails.filter((subject) => /remind/i.test(subject))).toHaveLength(2);
    expect((await auditOf(payment)).map(({ action, actor }) => `${action} ${actor}`)).toEqual(
      expect.arrayContaining(['pauseReview ana', 'resumeReview ben']),
    );
  });

  test('an extension moves the escalation with the deadline', async () => {
    const payment = large('office');
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      const until = (await rig.env.currentTimeMs()) + 60 * 24 * HOUR;
      await rig
        .lifecycle(payment)
        .executeUpdate('extendReview', { args: [{ until: new Date(until).toISOString(), operator: 'ana' }] });
      await rig.env.sleep('40d');
      expect(await client.payment(payment)).toMatchObject({
        status: 'held',
        reviewDueAt: new Date(until).toISOString(),
      });
      expect((await client.payment(payment)).escalatedTo).toBeUndefined();
      await rig.lifecycle(payment).result();
      expect((await client.payment(payment)).escalatedTo).toBe('fraud-leads');
    });
  });
});

describe('four eyes', () => {
  test('an unblock above the amount is carried out when another person confirms what was proposed', async () => {
    const payment = large('four-eyes');
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      expect(await client.unblockPayment(payment, anaRefunds)).toMatchObject({
        status: 'held',
        proposal: { operator: 'ana', refundAmount: true },
      });
      const first = await proposalOf(client, payment);
      expect(await refusal(payment, 'confirmUnblock', { confirms: first.hash, operator: ' ANA ' })).toContain(
        'another operator',
      );
      expect(await refusal(payment, 'confirmUnblock', { confirms: 'f00', operator: 'ben' })).toContain(
        'has changed since',
      );

      await client.unblockPayment(payment, anaReleases);
      const second = await proposalOf(client, payment);
      expect(second.refundAmount).toBe(false);
      await rig.lifecycle(payment).signal('confirmUnblock', { confirms: first.hash, operator: 'ben' });
      expect((await client.payment(payment)).messages.at(-1)).toMatchObject({
        name: 'confirmUnblock',
        outcome: 'refused',
      });

      const confirm = { confirms: second.hash, operator: 'ben', reason: 'I agree' };
      await rig.lifecycle(payment).executeUpdate('confirmUnblock', { args: [confirm] });
      expect(await rig.lifecycle(payment).result()).toMatchObject({
        status: 'released',
        decidedBy: 'operator',
      });
    });
    const { rows } = await rig.database.pool.query(
      'select operator, confirmed_by from unblocks where unique_reference = $1',
      [payment.uniqueReference],
    );
    expect(rows).toEqual([{ operator: 'ana', confirmed_by: 'ben' }]);
    expect(
      (await auditOf(payment)).find(({ action }) => action === 'unblockAndRelease')?.details,
    ).toMatchObject({
      confirmedBy: 'ben',
      confirmReason: 'I agree',
    });
  });

  test('a proposal is not the end of a review: hold takes it back, and the deadline does not do alone what takes two', async () => {
    const payment = large('four-eyes');
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaReleases);
      const { hash } = await proposalOf(client, payment);
      await rig.lifecycle(payment).signal('hold', { operator: 'customer block', reason: 'customer blocked' });
      expect(await refusal(payment, 'confirmUnblock', { confirms: hash, operator: 'ben' })).toContain(
        'nothing to confirm',
      );
      await client.unblockPayment(payment, anaReleases);
      await rig.env.sleep('100h');
      expect(await client.payment(payment)).toMatchObject({ status: 'held' });
      expect((await client.payment(payment)).timeline.map(({ text }) => text)).toContain(
        'overdue: no decision by the deadline',
      );
      const { hash: again } = await proposalOf(client, payment);
      const confirm = { confirms: again, operator: 'ben', reason: 'I agree' };
      await rig.lifecycle(payment).executeUpdate('confirmUnblock', { args: [confirm] });
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
    expect((await auditOf(payment)).map(({ action, actor }) => `${action} ${actor}`)).toEqual(
      expect.arrayContaining(['proposeUnblock ana', 'withdrawProposal customer block']),
    );
  });

  test('an operator who is faster than the rules has only proposed it, too', async () => {
    const payment = samplePayment({ subscriberId: 'four-eyes', amount: { minor: 100_001, currency: 'USD' } });
    await rig.tell(async (client) => {
      const run = await rig.startWithSignal(payment, 'unblock', anaRefunds);
      await vi.waitFor(async () => expect((await client.payment(payment)).proposal).toBeDefined());
      const { hash } = await proposalOf(client, payment);
      expect(await client.payment(payment)).toMatchObject({ status: 'held', disposition: 'HOLD' });
      await run.signal('confirmUnblock', { confirms: hash, operator: 'ben' });
      expect(await run.result()).toMatchObject({ status: 'refunded', decidedBy: 'operator' });
    });
  });

  test('up to the amount one operator is enough', async () => {
    const payment = large('four-eyes', 250_000);
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      await client.unblockPayment(payment, anaReleases);
      expect(await rig.lifecycle(payment).result()).toMatchObject({ status: 'released' });
    });
  });

  test('a payment service’s own call needs nobody to confirm it; its reference in an operator’s message does', async () => {
    const payment = large('four-eyes');
    await rig.tell(async (client) => {
      await client.blockPayment(payment);
      const asked = { ...anaReleases, partnerReference: `unblock-${payment.uniqueReference}` };
      expect(await client.unblockPayment(payment, asked)).toMatchObject({ status: 'held' });
      await claimPartnerReference(rig.database.pool, {
        ...payment,
        partnerReference: asked.partnerReference,
        operation: 'unblock',
        bodyDigest: 'digest',
      });
      await rig.lifecycle(payment).executeUpdate('unblock', { args: [asked] });
      expect(await rig.lifecycle(payment).result()).toMatchObject({
        status: 'released',
        decidedBy: 'operator',
      });
    });
  });
});

test('every step and every timer says in the Temporal UI what it is for', async () => {
  const payment = large('office');
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    await rig.lifecycle(payment).executeUpdate('note', { args: [{ text: 'x', operator: 'ana' }] });
    await rig.lifecycle(payment).result();
  });
  const { events } = await rig.lifecycle(payment).fetchHistory();
  const steps = (events ?? []).filter(
    ({ timerStartedEventAttributes, activityTaskScheduledEventAttributes, markerRecordedEventAttributes }) =>
      timerStartedEventAttributes ??
      activityTaskScheduledEventAttributes ??
      markerRecordedEventAttributes?.markerName === 'core_local_activity',
  );
  expect(steps.length).toBeGreaterThanOrEqual(8);
  for (const { userMetadata } of steps) {
    expect(Buffer.from(userMetadata?.summary?.data ?? []).toString()).toMatch(/^"\w.*"$/);
  }
});

test('who looks after a payment, and what was noted, is found, shown and on record', async () => {
  const payment = large('demo');
  await rig.tell(async (client) => {
    await client.blockPayment(payment);
    const run = rig.lifecycle(payment);
    await run.executeUpdate('assign', { args: [{ assignee: 'ben', operator: 'ana', reason: 'knows them' }] });
    expect((await run.describe()).typedSearchAttributes.get(searchAttributes.assignedTo)).toBe('ben');
    expect(await client.payment(payment)).toMatchObject({ status: 'held', assignedTo: 'ben' });
    await run.signal('note', { text: 'the bank calls back', operator: 'ben' });
    await run.executeUpdate('assign', { args: [{ assignee: null, operator: 'ben' }] });
    expect(await rowOf(payment)).toMatchObject({ assigned_to: null });
    expect((await run.describe()).typedSearchAttributes.get(searchAttributes.assignedTo)).toBeUndefined();
    await run.executeUpdate('assign', { args: [{ assignee: ' cleo ', operator: 'ben' }] });
    await client.unblockPayment(payment, anaReleases);
    await run.result();
  });
  expect(await rowOf(payment)).toMatchObject({ assigned_to: 'cleo' });
  expect((await auditOf(payment)).filter(({ action }) => ['assign', 'note'].includes(action))).toMatchObject([
    { action: 'assign', actor: 'ana', details: { assignee: 'ben', reason: 'knows them' } },
    { action: 'note', actor: 'ben', details: { text: 'the bank calls back' } },
    { action: 'assign', details: { assignee: null } },
    { action: 'assign', details: { assignee: 'cleo' } },
  ]);
});
