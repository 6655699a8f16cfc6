import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';

/** A message as it came in. */
export interface Received {
  readonly path: string;
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const message = z.strictObject({ type: z.string(), timestamp: z.iso.datetime(), data: z.unknown() });

/** A server of another company: it books what it receives, and answers as it is told to, 200 where it is not. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  /** Answers instead of the usual, call by call. */
  answer: ((response: ServerResponse, call: number) => void) | undefined;
  private readonly server: Server;
  private readonly scheme: 'http' | 'https';

  private constructor(server: Server, scheme: 'http' | 'https') {
    this.server = server;
    this.scheme = scheme;
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        this.received.push({
          path: request.url ?? '',
          id: String(request.headers['webhook-id']),
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        });
        if (this.answer) this.answer(response, this.received.length);
        else response.end('thanks');
      });
    });
  }

  /** @param tls its key and certificate; without them it speaks plain http */
  static async start(tls?: { readonly key: string; readonly cert: string }): Promise<WebhookReceiver> {
    const server = tls ? createTlsServer(tls) : createServer();
    const receiver = new WebhookReceiver(server, tls ? 'https' : 'http');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return z.object({ port: z.int() }).parse(this.server.address()).port;
  }

  get url(): string {
    return `${this.scheme}://localhost:${this.port}/hooks`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

/** What a receiver reads with this secret. @throws where the message is not signed with it */
export function verified(
  secret: string,
  { headers, body }: Pick<Received, 'headers' | 'body'>,
): z.infer<typeof message> {
  const texts = Object.entries(headers).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  );
  return message.parse(new Webhook(secret).verify(body, Object.fromEntries(texts)));
}

/** Answers with a status. */
export function status(code: number, headers: Record<string, string> = {}, body = '') {
  return (response: ServerResponse) => void response.writeHead(code, headers).end(body);
}
