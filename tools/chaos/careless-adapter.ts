import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { buffer } from 'node:stream/consumers';

/**
 * Stands before the gateway and turns the worker's adapter into one that is not careful: every submit goes on under a
 * new idempotency key, and asking before sending again finds nothing. A run with it has to come out red.
 */
export async function startCarelessAdapter(
  gateway: string,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = http.createServer((request, response) => {
    pass(gateway, request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port was given out');
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function pass(
  gateway: string,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  response.setHeader('content-type', 'application/json');
  const { method = 'GET', url = '/' } = request;
  if (method === 'GET' && url.startsWith('/refunds')) {
    response.end(JSON.stringify({ refunds: [] }));
    return;
  }
  const answer = await fetch(new URL(url, gateway), {
    method,
    headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID() },
    ...(method === 'GET' ? {} : { body: await buffer(request) }),
  });
  response.statusCode = answer.status;
  response.end(await answer.text());
}
