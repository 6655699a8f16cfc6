import { Context } from '@temporalio/activity';

/**
 * The senders of the signals of this activity's run, as Temporal has stamped their events.
 * @returns the principal of the how manyth signal of a name, from 1; undefined where the event bears none
 */
export async function principalsOfSignals(): Promise<(name: string, nth: number) => string | undefined> {
  const signals = (await events()).flatMap(
    ({ workflowExecutionSignaledEventAttributes: signal, principal }) =>
      signal ? [{ name: signal.signalName ?? '', principal: principal?.name || undefined }] : [],
  );
  return (name, nth) => signals.filter((signal) => signal.name === name)[nth - 1]?.principal;
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
