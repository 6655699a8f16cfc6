import { Connection, type ConnectionOptions } from '@temporalio/client';
import {
  CLI_TYPES,
  commandToCreate,
  indexedTypes,
  searchAttributes,
} from '../../src/temporal/search-attributes.ts';
import { type Part, startPart } from '../processes/managed-process.ts';

/** Starts Temporal's development server with its Web UI, its database in one file. */
export async function startTemporal(options: {
  readonly program: string;
  readonly port: number;
  readonly uiPort: number;
  readonly databaseFile: string;
  readonly logFile: string;
  readonly onSpawn?: (pid: number) => void;
}): Promise<Part> {
  const { program, port, uiPort, databaseFile, logFile, onSpawn } = options;
  return await startPart({
    name: 'Temporal',
    program,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--ui-port', String(uiPort)],
      ...['--db-filename', databaseFile, '--log-level', 'warn'],
      // Write-ahead journalling nearly doubles the transactions a second; each commit is still on disk when it is answered.
      ...['--sqlite-pragma', 'journal_mode=wal', '--sqlite-pragma', 'synchronous=full'],
      ...Object.values(searchAttributes).flatMap(({ name, type }) => [
        '--search-attribute',
        `${name}=${CLI_TYPES[type]}`,
      ]),
    ],
    env: process.env,
    logFile,
    onSpawn,
    isReady: () => answers(`127.0.0.1:${port}`),
  });
}

/**
 * Registers the search attributes that the server does not know yet. Without them every workflow would stop at its
 * first step.
 * @throws with the command to run, when that is not allowed from here
 */
export async function ensureSearchAttributes(options: ConnectionOptions, namespace: string): Promise<void> {
  const connection = await Connection.connect(options);
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.values(searchAttributes).filter(({ name }) => !(name in (customAttributes ?? {})));
    if (missing.length === 0) return;
    try {
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: indexedTypes(missing),
      });
    } catch (error) {
      throw new Error(
        `The Temporal server does not know the search attributes ${missing.map(({ name }) => name).join(', ')}, and\n` +
          'did not let this process add them. An operator who may has to run:\n' +
          `  ${commandToCreate(namespace, missing)}`,
        { cause: error },
      );
    }
  } finally {
    await connection.close();
  }
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: '2s' });
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}
