import { Context } from '@temporalio/activity';

/**
 * The senders of the signals of this activity's run, as Temporal has stamped their events.
 * @returns the principal of the how manyth signal of a name, from 1; undefined where the event bears none
 */
export async function principalsOfSignals(): Promise<(name: string, nth: number) => string | undefined> {
  const byName = new Map<string, (string | undefined)[]>();
  for (const { workflowExecutionSignaledEventAttributes: signal, principal } of await events()) {
    if (!signal) continue;
    const name = signal.signalName ?? '';
    const senders = byName.get(name) ?? [];
    senders.push(principal?.name || undefined);
    byName.set(name, senders);
  }
  return (name, nth) => byName.get(name)?.[nth - 1];
}

/** Who has started the run of this activity; undefined where its event bears no principal. */
export async function principalOfStart(): Promise<string | undefined> {
  const [started] = await events();
  return started?.principal?.name || undefined;
}

async function events() {
  const { client, info } = Context.current();
  const { workflowId = '', runId } = info.workflowExecution ?? {};
  const { events: found } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  return found ?? [];
}
