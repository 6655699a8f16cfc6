import { condition } from '@temporalio/workflow';

/**
 * Waits until something has happened, or a moment has come.
 * @param at epoch milliseconds; undefined waits for ever, a moment that has passed wakes at once
 * @param summary what the timer is for, as the Temporal UI shows it
 */
export async function conditionUntil(
  happened: () => boolean,
  at: number | undefined,
  summary: string,
): Promise<void> {
  if (at === undefined) await condition(happened);
  else await condition(happened, Math.max(at - Date.now(), 1), { summary });
}
