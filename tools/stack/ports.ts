import { randomInt } from 'node:crypto';
import net from 'node:net';

/** The ports of the local stack: the variable that sets each, its default, and what listens there. */
const ports = {
  api: { variable: 'API_PORT', standard: 8080, purpose: 'the API' },
  temporal: { variable: 'TEMPORAL_PORT', standard: 7233, purpose: 'the Temporal server' },
  temporalUi: { variable: 'TEMPORAL_UI_PORT', standard: 8233, purpose: 'the Temporal Web UI' },
  postgres: { variable: 'POSTGRES_PORT', standard: 5433, purpose: 'Postgres' },
  gateway: { variable: 'GATEWAY_PORT', standard: 8090, purpose: 'the sandbox refund gateway' },
  mail: { variable: 'MAIL_PORT', standard: 8025, purpose: 'the inbox of the mail catcher' },
  signIn: { variable: 'SIGN_IN_PORT', standard: 8091, purpose: 'the log-in provider' },
  smtp: { variable: 'SMTP_PORT', standard: 1025, purpose: 'the mail catcher (SMTP)' },
} as const;

export type PortName = keyof typeof ports;
export type Ports = Readonly<Record<PortName, number>>;

const names = Object.keys(ports).filter((name): name is PortName => name in ports);

/** Reads the ports from the environment. */
export function portsFromEnvironment(environment: NodeJS.ProcessEnv): Ports {
  return forEachName((name) => {
    const { variable, standard } = ports[name];
    const text = environment[variable];
    if (text === undefined || text === '') return standard;
    const port = Number(text);
    if (!/^\d+$/.test(text) || port < 1 || port > 65_535)
      throw new Error(`${variable} is "${text}", but a port is a whole number from 1 to 65535.`);
    return port;
  });
}

/** Ports that nothing listens on now; what starts last still has its own. */
export async function freePorts(): Promise<Ports> {
  const free = await lastingPorts(names.length);
  return forEachName((name) => free[names.indexOf(name)] ?? 0);
}

export async function freePort(): Promise<number> {
  const [port] = await freePortNumbers(1);
  return port ?? 0;
}

// Below what Linux and macOS give to outgoing connections by default.
const LOWEST = 15_000;
const HIGHEST = 31_000;

/**
 * Free ports that the system gives to no outgoing connection: still free when a server that was killed comes back to
 * its own.
 */
export async function lastingPorts(count: number): Promise<number[]> {
  const found: number[] = [];
  while (found.length < count) {
    const port = randomInt(LOWEST, HIGHEST);
    if (found.includes(port)) continue;
    const server = await listen(port).catch(() => undefined);
    if (server === undefined) continue;
    await close(server);
    found.push(port);
  }
  return found;
}

/** Rejects with an error that says which ports are taken, what each was for and what to set to change it. */
export async function assertPortsAreFree(chosen: Ports, needed: readonly PortName[]): Promise<void> {
  const problems = await Promise.all(needed.map((name) => problemWith(name, chosen)));
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new Error(found.join('\n'));
}

async function problemWith(name: PortName, chosen: Ports): Promise<string | undefined> {
  const { variable, purpose } = ports[name];
  const port = chosen[name];
  try {
    await close(await listen(port));
    return undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const what =
      code === 'EADDRINUSE'
        ? `is in use by another program, and ${purpose} was to listen there.\nStop that program, or choose`
        : `cannot be used for ${purpose} (${String(code ?? error)}).\nChoose`;
    return `Port ${port} ${what} another port with ${variable}, for example ${variable}=${await freeNear(port, chosen)}.`;
  }
}

/** A port near another that nothing listens on now, and that no other part of the stack is to have. */
async function freeNear(port: number, chosen: Ports): Promise<number> {
  const ours: readonly number[] = [...Object.values(chosen), ...names.map((name) => ports[name].standard)];
  for (let candidate = port > 60_000 ? port - 1_000 : port + 1; candidate < 65_536; candidate += 1) {
    if (ours.includes(candidate)) continue;
    const server = await listen(candidate).catch(() => undefined);
    if (server === undefined) continue;
    await close(server);
    return candidate;
  }
  return freePort();
}

function forEachName(portOf: (name: PortName) => number): Ports {
  return {
    api: portOf('api'),
    temporal: portOf('temporal'),
    temporalUi: portOf('temporalUi'),
    postgres: portOf('postgres'),
    gateway: portOf('gateway'),
    mail: portOf('mail'),
    signIn: portOf('signIn'),
    smtp: portOf('smtp'),
  };
}

/** All are held open until the last is known, so that no two are the same. */
async function freePortNumbers(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(0)));
  const free = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port was given out');
    return address.port;
  });
  await Promise.all(servers.map(close));
  return free;
}

function listen(port: number): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => resolve(server));
  });
}

function close(server: net.Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
