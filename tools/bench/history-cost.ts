import type { History } from '@temporalio/common/lib/proto-utils.js';

export interface HistoryCost {
  readonly events: number;
  /** Times that the worker was asked what is next, those that failed or timed out included. */
  readonly workflowTasks: number;
  /** Activities that went through the server; local ones are not among them. */
  readonly regularActivities: number;
  /** What Temporal Cloud bills, as far as a history shows it. */
  readonly actions: number;
}

type HistoryEvent = NonNullable<History['events']>[number];

/**
 * What a run costs, counted from its history. Actions are those of https://docs.temporal.io/cloud/actions; the ones that
 * leave no event are not counted: queries, refused Updates, heartbeats.
 */
export function costOf({ events }: History): HistoryCost {
  const all = events ?? [];
  const having = (attributes: keyof HistoryEvent) => all.filter((event) => event[attributes]).length;
  return {
    events: all.length,
    workflowTasks: having('workflowTaskScheduledEventAttributes'),
    regularActivities: having('activityTaskScheduledEventAttributes'),
    actions: all.reduce((sum, event) => sum + actionsOf(event), 0) + tasksWithMarkers(all),
  };
}

function actionsOf(event: HistoryEvent): number {
  if (
    event.workflowExecutionStartedEventAttributes ||
    event.workflowExecutionOptionsUpdatedEventAttributes ||
    event.workflowExecutionSignaledEventAttributes ||
    event.workflowExecutionUpdateAcceptedEventAttributes ||
    event.timerStartedEventAttributes ||
    event.activityTaskScheduledEventAttributes ||
    event.nexusOperationScheduledEventAttributes ||
    event.nexusOperationCancelRequestedEventAttributes
  )
    return 1;
  // The intent and the attempt; the child's own start is not billed once more.
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) return 2;
  // Retries leave no events of their own; the one that succeeded has their number.
  if (event.activityTaskStartedEventAttributes)
    return (event.activityTaskStartedEventAttributes.attempt ?? 1) - 1;
  if (event.workflowTaskCompletedEventAttributes)
    return (
      event.workflowTaskCompletedEventAttributes.meteringMetadata?.nonfirstLocalActivityExecutionAttempts ?? 0
    );
  const upsert = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  // The attribute in which patched() notes itself is free.
  return upsert && Object.keys(upsert).some((name) => name !== 'TemporalChangeVersion') ? 1 : 0;
}

/** All that one workflow task records in markers, however many local activities, is one action. */
function tasksWithMarkers(events: readonly HistoryEvent[]): number {
  const tasks = events.flatMap(({ markerRecordedEventAttributes: marker }) =>
    marker ? [String(marker.workflowTaskCompletedEventId)] : [],
  );
  return new Set(tasks).size;
}
