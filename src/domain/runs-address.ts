/** Where the runs can be seen: the address of the Temporal UI, and the namespace. */
export interface RunsAddress {
  readonly temporalUiUrl: string;
  readonly namespace: string;
}

/** The run's page in the Temporal UI; without a run id it shows the latest run. */
export function runUrl(workflowId: string, { temporalUiUrl, namespace }: RunsAddress): string {
  const base = temporalUiUrl.replace(/\/+$/, '');
  return `${base}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
}
