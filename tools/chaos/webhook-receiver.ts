import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A payment service's own receiver of webhooks. */
export interface WebhookReceiver {
  readonly url: string;
  /** The webhook-id of every message that it has taken. */
  readonly taken: ReadonlySet<string>;
  stop(): void;
}

/** One in so many messages is answered 500 the first time, and one in so many gets no answer at all. */
const EVERY = 10;

/** Starts it. It takes every message the second time at the latest. */
export async function startWebhookReceiver(): Promise<WebhookReceiver> {
  const taken = new Set<string>();
  const refused = new Set<string>();
  let messages = 0;
  const server = createServer((request, response) => {
    request.resume();
    request.once('end', () => {
      const id = String(request.headers['webhook-id']);
      messages += 1;
      const isFirst = !refused.has(id) && !taken.has(id);
      if (isFirst && messages % EVERY < 2) {
        refused.add(id);
        if (messages % EVERY === 0) response.writeHead(500).end();
        else response.destroy();
        return;
      }
      taken.add(id);
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: AddressInfo = addressOf(server.address());
  return { url: `http://localhost:${port}/hooks`, taken, stop: () => void server.close() };
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the receiver listens on no port');
  return address;
}
