/** Where the runs can be seen: the address of the Temporal UI, and the namespace. */
export interface RunsAddress {
  readonly temporalUiUrl: string;
  readonly namespace: string;
}

/**
 * The run's page in the Temporal UI.
 * @param runId opens the tab with the run's details at once; without it the UI shows the history of the latest run
 */
export function runUrl(
  workflowId: string,
  { temporalUiUrl, namespace }: RunsAddress,
  runId?: string,
): string {
  const base = temporalUiUrl.replace(/\/+$/, '');
  const run = runId === undefined ? '' : `/${encodeURIComponent(runId)}/user-metadata`;
  return `${base}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}${run}`;
}
