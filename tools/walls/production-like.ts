import { temporalConnection } from '../../src/client/connect.ts';
import { temporalPrograms } from '../binaries/temporal-server.ts';
import {
  local,
  type Located,
  type PartContext,
  startApi,
  startDatabase,
  startGateway,
  startMail,
  startProvider,
  startUiProxy,
  startWorker,
} from '../stack/stack-parts.ts';
import {
  type BringUp,
  createAccount,
  DEMO_ACCOUNT,
  secretsOf,
  type Stack,
  type StackOptions,
  startParts,
  timed,
} from '../stack/stack.ts';
import { makeCertificates } from './certificates.ts';
import { makeIdentities, NAMESPACE, peopleOf, type Service } from './identities.ts';
import { type Cluster, startCluster, startTemporalUi } from './temporal-cluster.ts';

export interface ProductionLikeStack extends Stack {
  /** What a process needs in its environment to reach Temporal as one of the services. */
  readonly asService: (service: Service) => NodeJS.ProcessEnv;
  /** What the command line needs in its environment. */
  readonly commandLine: NodeJS.ProcessEnv;
}

export type ProductionLikeOptions = StackOptions & {
  /** For how long the tokens of worker, API and command line live. */
  readonly serviceTokenSeconds?: number;
};

/**
 * Brings up the service as it runs for real, on the loopback address: Temporal's server and UI on Postgres behind
 * certificates and tokens, and a log-in provider for people and services. Everything runs here: what the environment says
 * of servers elsewhere is left out.
 */
export function startProductionLike(options: ProductionLikeOptions): Promise<ProductionLikeStack> {
  const { serviceTokenSeconds = 300 } = options;
  const environment = withoutServers(options.environment);
  return startParts({ ...options, environment }, (context) => bringUp(context, serviceTokenSeconds));
}

async function bringUp(
  context: Parameters<BringUp<ProductionLikeStack>>[0],
  serviceTokenSeconds: number,
): Promise<ProductionLikeStack> {
  const { ports, state, print, signal, supervisor, environment } = context;
  const people = peopleOf(DEMO_ACCOUNT.subscriberId);
  const { clients, desk, temporalUi, asService } = makeIdentities(ports, state);
  const programs = await temporalPrograms(print, signal);
  const [database, signIn, gateway, mail] = await Promise.all([
    timed('Postgres', startDatabase(context)),
    timed('Sign-in', startProvider(context, { clients, people, serviceTokenSeconds })),
    timed('Refund gateway', startGateway(context)),
    timed('Mail', startMail(context)),
    makeCertificates(state.certificates),
  ]);
  const account = await createAccount(database.url, true);
  const cluster: Cluster = {
    programs,
    supervisor,
    postgresUrl: database.ownerUrl,
    certificates: state.certificates,
    issuer: signIn.address,
    port: ports.temporal,
    administrator: temporalConnection({ ...environment, ...asService('setup') }).connectionOptions,
  };
  const temporal = await timed('Temporal', startTemporal(cluster));
  const ui = local(ports.temporalUi);
  const api = local(ports.api);
  const env = {
    ...environment,
    ...desk,
    ...secretsOf(context),
    DATABASE_URL: database.url,
    PUBLIC_URL: api,
    GATEWAY_URL: gateway.address,
    SMTP_URL: mail.smtpUrl,
    TEMPORAL_UI_URL: ui,
    OPERATOR_IDENTITY: 'principal',
    ALLOW_LOOPBACK_WEBHOOKS: 'true',
  };
  const [webUi, worker, apiPart] = await Promise.all([
    timed('Temporal UI', startUi(context, cluster, temporalUi)),
    timed('Worker', startWorker(context, { ...env, ...asService('worker') })),
    timed('API', startApi(context, { ...env, ...asService('api') })),
  ]);
  return {
    parts: [database, signIn, temporal, webUi, gateway, mail, worker, apiPart],
    api,
    account,
    databaseUrl: database.url,
    temporal: {
      connection: temporalConnection({ ...environment, ...asService('command-line') }).connectionOptions,
      namespace: NAMESPACE,
      ui,
    },
    gateway: gateway.address,
    signIn: signIn.address,
    inbox: mail.inbox,
    asService,
    commandLine: {
      ...asService('command-line'),
      ...secretsOf(context),
      DATABASE_URL: database.url,
      PUBLIC_URL: api,
      TEMPORAL_UI_URL: ui,
      PAYMENT_BLOCK_SUBSCRIBER: account.subscriberId,
    },
    failed: supervisor.failed,
    stop: () => supervisor.stop(),
  };
}

async function startTemporal(cluster: Cluster): Promise<Located> {
  await startCluster(cluster, NAMESPACE);
  return { address: `127.0.0.1:${cluster.port} (certificate and token)`, outside: false };
}

/** The UI, and before it what lets through what people may do there. */
async function startUi(
  context: PartContext,
  cluster: Cluster,
  environment: NodeJS.ProcessEnv,
): Promise<Located> {
  return startUiProxy(context, await startTemporalUi(cluster, environment, local(context.ports.temporalUi)));
}

/** What names a server, a namespace or a provider elsewhere. */
function withoutServers(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const elsewhere = /^(TEMPORAL_|OIDC_|DATABASE_URL$|GATEWAY|SMTP_URL$|PUBLIC_URL$)/;
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !elsewhere.test(name)));
}
