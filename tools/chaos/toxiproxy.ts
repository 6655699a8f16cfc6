import { built, type GoProgram } from '../binaries/go-program.ts';
import { type Part, startPart } from '../processes/managed-process.ts';
import type { Print } from '../progress.ts';

const GATEWAY = 'gateway';

/** What the network between worker and gateway can suffer from, in toxiproxy's own words. */
export type Toxic =
  | { readonly type: 'latency'; readonly attributes: { readonly latency: number; readonly jitter: number } }
  | { readonly type: 'reset_peer'; readonly attributes: { readonly timeout: number } }
  | { readonly type: 'limit_data'; readonly attributes: { readonly bytes: number } };

const TOXIPROXY: GoProgram = {
  folder: 'toxiproxy',
  module: 'github.com/Shopify/toxiproxy/v2',
  package: 'github.com/Shopify/toxiproxy/v2/cmd/server',
  program: 'toxiproxy',
  label: 'building toxiproxy, once, about 15 seconds on two cores',
  withoutGo:
    'There is no toxiproxy, which cuts the network in a chaos run: it is built from source, and Go is missing.\n' +
    'Install Go 1.21 or newer (https://go.dev/dl), and it is built once.',
};

/** The path of a toxiproxy server. */
export async function toxiproxyServer(print: Print, signal: AbortSignal): Promise<string> {
  return built(TOXIPROXY, print, signal);
}

/** A toxiproxy server between the worker and the gateway. */
export class Toxiproxy {
  /** Where the worker finds the gateway. */
  readonly url: string;
  private readonly api: string;
  private readonly listen: string;

  constructor({ port, apiPort }: { port: number; apiPort: number }) {
    this.listen = `127.0.0.1:${port}`;
    this.url = `http://${this.listen}`;
    this.api = `http://127.0.0.1:${apiPort}`;
  }

  async start(program: string, upstream: string, site: Site): Promise<Part> {
    const { hostname, port } = new URL(this.api);
    const part = await startPart({
      name: 'Toxiproxy',
      program,
      args: ['-host', hostname, '-port', port],
      env: process.env,
      isReady: () =>
        fetch(`${this.api}/version`)
          .then(({ ok }) => ok)
          .catch(() => false),
      ...site,
    });
    await this.send('POST', '/proxies', { name: GATEWAY, listen: this.listen, upstream, enabled: true });
    return part;
  }

  /** Nobody gets through, and what is under way is cut off. */
  async cut(): Promise<void> {
    await this.send('POST', `/proxies/${GATEWAY}`, { enabled: false });
  }

  /** The gateway's answers suffer from this. */
  async poison(toxic: Toxic): Promise<void> {
    await this.send('POST', `/proxies/${GATEWAY}/toxics`, { name: 'fault', stream: 'downstream', ...toxic });
  }

  /** All is well again. */
  async heal(): Promise<void> {
    await this.send('POST', '/reset');
  }

  private async send(method: string, path: string, body?: unknown): Promise<void> {
    const response = await fetch(this.api + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`toxiproxy ${method} ${path}: ${await response.text()}`);
  }
}

interface Site {
  readonly logFile: string;
  readonly onSpawn: (pid: number) => void;
}
