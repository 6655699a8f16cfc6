import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SignInClients } from '../sign-in-provider.ts';
import type { Ports } from '../stack/ports.ts';
import { groupsOf, local, newSecret, signInCallback } from '../stack/stack-parts.ts';
import type { StateFolder } from '../stack/state.ts';

/** One namespace for each environment. */
export const NAMESPACE = 'payments-production';

/** The processes that prove themselves to Temporal as services, and what they may do there. */
const SERVICES = {
  worker: [`${NAMESPACE}:write`],
  api: [`${NAMESPACE}:write`],
  'command-line': [`${NAMESPACE}:write`],
  /** Makes the namespace, and nothing else. */
  setup: ['temporal-system:admin'],
} as const;

export type Service = keyof typeof SERVICES;

/** Who signs in: two who decide, and one who looks on. */
export function peopleOf(subscriberId: string): Readonly<Record<string, readonly string[]>> {
  const deciding = groupsOf(subscriberId, ['operator', 'approver']);
  return { ana: deciding, ben: deciding, vera: groupsOf(subscriberId, ['viewer']) };
}

/** What the log-in provider and its clients know of each other. The secrets are new at each start. */
export interface Identities {
  readonly clients: SignInClients;
  /** What a process needs in its environment to reach Temporal as a service. */
  readonly asService: (service: Service) => NodeJS.ProcessEnv;
  /** What the desk and the Temporal UI need for people to sign in. */
  readonly desk: NodeJS.ProcessEnv;
  readonly temporalUi: NodeJS.ProcessEnv;
}

export function makeIdentities(ports: Ports, state: StateFolder): Identities {
  const issuer = local(ports.signIn);
  const services = Object.entries(SERVICES).map(([service, permissions]) => ({
    id: `payment-block-${service}`,
    secret: newSecret(),
    permissions: [...permissions],
  }));
  const desk = { id: 'payment-block', secret: newSecret(), callback: signInCallback(local(ports.api)) };
  const ui = {
    id: 'temporal-ui',
    secret: newSecret(),
    callback: `${local(ports.temporalUi)}/auth/sso/callback`,
    namespace: NAMESPACE,
  };
  // A person's own settings for other servers must not reach in.
  writeFileSync(state.temporalConfig, '[profile.default]\n');
  const temporal = {
    TEMPORAL_CONFIG_FILE: state.temporalConfig,
    TEMPORAL_ADDRESS: `127.0.0.1:${ports.temporal}`,
    TEMPORAL_NAMESPACE: NAMESPACE,
  };
  const asService = (service: Service): NodeJS.ProcessEnv => ({
    ...temporal,
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_NAME: 'frontend.temporal',
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: path.join(state.certificates, 'cluster-ca.pem'),
    TEMPORAL_TLS_CLIENT_CERT_PATH: path.join(state.certificates, `${service}.pem`),
    TEMPORAL_TLS_CLIENT_KEY_PATH: path.join(state.certificates, `${service}.key`),
    TEMPORAL_TOKEN_URL: `${issuer}/token`,
    TEMPORAL_CLIENT_ID: `payment-block-${service}`,
    TEMPORAL_CLIENT_SECRET: services.find(({ id }) => id === `payment-block-${service}`)?.secret,
  });
  return {
    clients: [desk, ui, ...services],
    asService,
    desk: { OIDC_ISSUER: issuer, OIDC_CLIENT_ID: desk.id, OIDC_CLIENT_SECRET: desk.secret },
    temporalUi: {
      ...temporal,
      CERTIFICATES: state.certificates,
      OIDC_ISSUER: issuer,
      OIDC_CLIENT_ID: ui.id,
      OIDC_CLIENT_SECRET: ui.secret,
    },
  };
}
