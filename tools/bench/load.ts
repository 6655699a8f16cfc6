import http from 'node:http';
import { performance } from 'node:perf_hooks';
import { Samples } from './samples.ts';

export interface Load {
  readonly url: string;
  readonly token: string;
  readonly body: () => unknown;
  /** How many callers there are; each waits for its answer before it calls again. */
  readonly callers: number;
  readonly milliseconds: number;
}

export interface LoadResult {
  readonly samples: Samples;
  readonly callsPerSecond: number;
}

/** Calls for so long over connections that stay open. @throws at the first answer that is not 200 */
export async function callFor({ url, token, body, callers, milliseconds }: Load): Promise<LoadResult> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: callers });
  const samples = new Samples();
  const started = performance.now();
  try {
    const caller = async () => {
      while (performance.now() - started < milliseconds) {
        const before = performance.now();
        await post(url, token, body(), agent);
        samples.add(performance.now() - before);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
  } finally {
    agent.destroy();
  }
  const seconds = (performance.now() - started) / 1000;
  return { samples, callsPerSecond: samples.count / seconds };
}

/** Posts JSON as the documented calls want it. @returns the answer's body @throws where it is not 200 */
export function post(url: string, token: string, body: unknown, agent: http.Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'x-auth-token': token,
      'content-type': 'application/json',
    };
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      let answer = '';
      response.on('data', (chunk: Buffer) => (answer += chunk.toString()));
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode === 200) resolve(answer);
        else reject(new Error(`${url} answered ${String(response.statusCode)}: ${answer}`));
      });
    });
    request.once('error', reject);
    request.end(JSON.stringify(body));
  });
}
