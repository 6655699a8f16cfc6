import path from 'node:path';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import pg from 'pg';
import { projectRoot } from '../../src/runtime/project-files.ts';
import { refusedCallIn } from '../../src/temporal/refused-call.ts';
import type { TemporalPrograms } from '../binaries/temporal-server.ts';
import { startPart } from '../processes/managed-process.ts';
import { runProgram } from '../processes/programs.ts';
import type { Starter } from '../processes/supervisor.ts';
import { TEMPORAL_AUDIENCE } from '../sign-in/audience.ts';
import { newSecret } from '../stack/stack-parts.ts';
import { lastingPorts } from '../stack/ports.ts';
import { ensureSearchAttributes } from '../stack/temporal-server.ts';

/** Where the configuration is that a real installation runs with as well. */
const CONFIGURATION = path.join(projectRoot, 'deploy/temporal');

const SERVICES = ['frontend', 'internal-frontend', 'history', 'matching', 'worker'];

export interface Cluster {
  readonly programs: TemporalPrograms;
  readonly supervisor: Starter;
  /** Of the owner of the Postgres server, who makes the account and the databases of Temporal's own. */
  readonly postgresUrl: string;
  /** The folder that makeCertificates has filled. */
  readonly certificates: string;
  /** The log-in provider, whose tokens open the frontend. */
  readonly issuer: string;
  /** The frontend's. The other services get free ones. */
  readonly port: number;
  /** How to reach it as one who may do everything. */
  readonly administrator: ConnectionOptions;
}

/** Starts the Temporal server, all of its services in one process, with a namespace in which the workflows can run. */
export async function startCluster(cluster: Cluster, namespace: string): Promise<void> {
  const databaseUrl = await accountOfItsOwn(cluster.postgresUrl);
  await prepareDatabases(cluster.programs.sqlTool, databaseUrl);
  await forgetMembers(databaseUrl);
  const env = await serverEnvironment(cluster, databaseUrl);
  await cluster.supervisor.start('Temporal', (site) =>
    startPart({
      name: 'Temporal',
      program: cluster.programs.server,
      args: [
        ...['--config-file', path.join(CONFIGURATION, 'server.yaml'), 'start'],
        ...SERVICES.flatMap((service) => ['--service', service]),
      ],
      env,
      ...site,
      isReady: () => serves(cluster.administrator),
    }),
  );
  await ensureNamespace(cluster.administrator, namespace);
}

/**
 * Starts the Web UI, in which people sign in, and waits until it serves.
 * @param url where people reach it
 * @returns where it is
 */
export async function startTemporalUi(
  { programs, supervisor }: Cluster,
  environment: NodeJS.ProcessEnv,
  url: string,
): Promise<string> {
  const [port] = await lastingPorts(1);
  const address = `http://127.0.0.1:${port}`;
  await supervisor.start('Temporal UI', (site) =>
    startPart({
      name: 'Temporal UI',
      program: programs.ui,
      args: ['--root', CONFIGURATION, '--config', '.', '--env', 'ui', 'start'],
      env: {
        ...inherited(),
        ...environment,
        TEMPORAL_UI_URL: url,
        TEMPORAL_UI_PORT: String(port),
        TEMPORAL_UI_COOKIE_INSECURE: 'true',
      },
      ...site,
      isReady: () =>
        fetch(`${address}/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ),
    }),
  );
  return address;
}

/**
 * An account of Temporal's own, with another password at each start: it has no rights in the application's database.
 * @returns where the server is, with the account
 */
async function accountOfItsOwn(postgresUrl: string): Promise<string> {
  const account = new URL(postgresUrl);
  account.username = 'temporal';
  account.password = newSecret();
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query('select from pg_roles where rolname = $1', [account.username]);
    const verb = rowCount === 0 ? 'create' : 'alter';
    await client.query(`${verb} role ${account.username} login createdb password '${account.password}'`);
  } finally {
    await client.end();
  }
  return account.href;
}

/** Brings Temporal's two databases up to the version of the server. May be repeated. */
async function prepareDatabases(sqlTool: string, databaseUrl: string): Promise<void> {
  const { hostname, port, username, password } = new URL(databaseUrl);
  const databases = { temporal: 'temporal', temporal_visibility: 'visibility' };
  await Promise.all(
    Object.entries(databases).map(async ([database, schema]) => {
      const tool = (...args: readonly string[]): Promise<string> =>
        runProgram(sqlTool, [
          ...['--plugin', 'postgres12', '--endpoint', hostname, '--port', port],
          ...['--user', username, '--password', password, '--database', database, ...args],
        ]);
      await tool('create-database');
      // Refused where it was done before; the update fails where it is really missing.
      await tool('setup-schema', '--version', '0.0').catch(() => {});
      await tool('update-schema', '--schema-name', `postgresql/v12/${schema}`);
    }),
  );
}

/** The services of the last start had other ports, and these would wait for those to answer before they join. */
async function forgetMembers(databaseUrl: string): Promise<void> {
  const database = new URL(databaseUrl);
  database.pathname = '/temporal';
  const client = new pg.Client({ connectionString: database.href });
  await client.connect();
  try {
    await client.query('delete from cluster_membership');
  } finally {
    await client.end();
  }
}

/** What deploy/temporal/server.yaml asks for. */
async function serverEnvironment(cluster: Cluster, databaseUrl: string): Promise<NodeJS.ProcessEnv> {
  const { host, username, password } = new URL(databaseUrl);
  const inside = SERVICES.map((service) => service.toUpperCase().replace('-', '_'));
  const variables = inside.flatMap((name) => [`${name}_PORT`, `${name}_MEMBERSHIP_PORT`]);
  const free = await lastingPorts(variables.length);
  return {
    ...inherited(),
    ...Object.fromEntries(variables.map((name, index) => [name, String(free[index])])),
    FRONTEND_PORT: String(cluster.port),
    POSTGRES_ADDRESS: host,
    POSTGRES_USER: username,
    POSTGRES_PASSWORD: password,
    JWKS_URL: `${cluster.issuer}/jwks`,
    JWT_AUDIENCE: TEMPORAL_AUDIENCE,
    CERTIFICATES: cluster.certificates,
    DYNAMIC_CONFIG_FILE: path.join(CONFIGURATION, 'dynamic-config.yaml'),
    // Enough for one machine.
    HISTORY_SHARDS: '4',
  };
}

/** A namespace that keeps ended runs for a month, with the search attributes that the workflows set. */
async function ensureNamespace(administrator: ConnectionOptions, namespace: string): Promise<void> {
  const connection = await Connection.connect(administrator);
  try {
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('30 days'),
    });
  } catch (error) {
    if (refusedCallIn(error)?.code !== ALREADY_EXISTS) throw error;
  } finally {
    await connection.close();
  }
  await ensureSearchAttributes(administrator, namespace);
}

const ALREADY_EXISTS = 6;

async function serves(administrator: ConnectionOptions): Promise<boolean> {
  try {
    const connection = await Connection.connect({ ...administrator, connectTimeout: '2s' });
    try {
      await connection.workflowService.listNamespaces({ pageSize: 1 });
      return true;
    } finally {
      await connection.close();
    }
  } catch {
    return false;
  }
}

/** Our own environment is for our own processes: its variables have other meanings there. */
function inherited(): NodeJS.ProcessEnv {
  const { PATH, HOME, TZ } = process.env;
  return { PATH, HOME, TZ };
}
