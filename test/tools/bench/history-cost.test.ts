import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { expect, test } from 'vitest';
import { costOf } from '../../../tools/bench/history-cost.ts';

test('what Temporal Cloud bills is an action each', () => {
  expect(
    actions(
      { workflowExecutionStartedEventAttributes: {} },
      { workflowExecutionUpdateAcceptedEventAttributes: {} },
      { workflowExecutionSignaledEventAttributes: {} },
      { timerStartedEventAttributes: {} },
      { upsertWorkflowSearchAttributesEventAttributes: attributes('PaymentStatus', 'ReviewDueAt') },
      { activityTaskScheduledEventAttributes: {} },
    ),
  ).toBe(6);
});

test('what comes of a step is no action of its own', () => {
  expect(
    actions(
      { workflowTaskScheduledEventAttributes: {} },
      { workflowTaskStartedEventAttributes: {} },
      { workflowTaskCompletedEventAttributes: {} },
      { activityTaskStartedEventAttributes: { attempt: 1 } },
      { activityTaskCompletedEventAttributes: {} },
      { timerCanceledEventAttributes: {} },
      { workflowExecutionUpdateCompletedEventAttributes: {} },
      { workflowPropertiesModifiedEventAttributes: {} },
      { workflowExecutionCompletedEventAttributes: {} },
    ),
  ).toBe(0);
});

test('all local activities of one workflow task are one action together', () => {
  expect(actions(marker('4'), marker('4'), marker('9'))).toBe(2);
});

test('each retry of an activity is an action, also of a local one beyond a heartbeat', () => {
  expect(
    actions(
      { activityTaskScheduledEventAttributes: {} },
      { activityTaskStartedEventAttributes: { attempt: 3 } },
      {
        workflowTaskCompletedEventAttributes: {
          meteringMetadata: { nonfirstLocalActivityExecutionAttempts: 2 },
        },
      },
    ),
  ).toBe(5);
});

test('the search attribute of patched() is free', () => {
  expect(
    actions({ upsertWorkflowSearchAttributesEventAttributes: attributes('TemporalChangeVersion') }),
  ).toBe(0);
});

test('a child is two actions: the intent and the attempt', () => {
  expect(actions({ startChildWorkflowExecutionInitiatedEventAttributes: {} })).toBe(2);
});

test('events, workflow tasks and the activities that went through the server are counted', () => {
  const cost = costOf(
    history(
      { workflowTaskScheduledEventAttributes: {} },
      { workflowTaskStartedEventAttributes: {} },
      { workflowTaskFailedEventAttributes: {} },
      { workflowTaskScheduledEventAttributes: {} },
      { activityTaskScheduledEventAttributes: {} },
      marker('4'),
    ),
  );
  expect(cost).toMatchObject({ events: 6, workflowTasks: 2, regularActivities: 1 });
});

type EventJson = Readonly<Record<string, unknown>>;

function actions(...events: EventJson[]): number {
  return costOf(history(...events)).actions;
}

function history(...events: EventJson[]) {
  return historyFromJSON({ events });
}

function marker(workflowTaskCompletedEventId: string): EventJson {
  return {
    markerRecordedEventAttributes: { markerName: 'core_local_activity', workflowTaskCompletedEventId },
  };
}

function attributes(...names: string[]) {
  return { searchAttributes: { indexedFields: Object.fromEntries(names.map((name) => [name, {}])) } };
}
