import path from 'node:path';
import type { Print } from '../progress.ts';
import { built, type GoProgram } from './go-program.ts';

const WITHOUT_GO =
  'There is no Temporal server to run behind walls: it and its Web UI are built from source, and Go is missing.\n' +
  'Install Go 1.26 or newer (https://go.dev/dl), and they are built once.';

const SQL_TOOL = 'temporal-sql-tool';

const SERVER: GoProgram = {
  folder: 'temporal-server',
  module: 'go.temporal.io/server',
  package: 'go.temporal.io/server/cmd/server',
  program: 'temporal-server',
  beside: { [SQL_TOOL]: 'go.temporal.io/server/cmd/tools/sql' },
  label: 'building the Temporal server, once, about 5 minutes on two cores',
  withoutGo: WITHOUT_GO,
};

const UI: GoProgram = {
  folder: 'temporal-ui-server',
  module: 'github.com/temporalio/ui-server/v2',
  package: 'github.com/temporalio/ui-server/v2/cmd/server',
  program: 'temporal-ui-server',
  label: 'building the Temporal Web UI, once, about half a minute',
  withoutGo: WITHOUT_GO,
};

/** Paths of the programs that Temporal consists of where it runs for real. */
export interface TemporalPrograms {
  readonly server: string;
  /** Brings the server's databases up to its version. */
  readonly sqlTool: string;
  readonly ui: string;
}

/** The server that runs in production, not the development server, with its Web UI. */
export async function temporalPrograms(print: Print, signal?: AbortSignal): Promise<TemporalPrograms> {
  const server = await built(SERVER, print, signal);
  const ui = await built(UI, print, signal);
  return { server, sqlTool: path.join(path.dirname(server), SQL_TOOL), ui };
}
