import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

const ANSWER_TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 2_000;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/**
 * A payment service that calls the API as one should: what has no answer, or one that says to repeat the call, is
 * called again, unchanged, until there is an answer.
 */
export class Caller {
  /** Calls that had to be repeated. */
  repeats = 0;
  private readonly apis: readonly string[];
  private calls = 0;
  private readonly signal: AbortSignal;
  private token = '';

  /** @param apis each call, and each repetition, goes to the next of them */
  constructor(apis: readonly string[], signal: AbortSignal) {
    this.apis = apis;
    this.signal = signal;
  }

  async logIn({ userId, password }: { userId: string; password: string }): Promise<void> {
    const { body } = await this.post(`/user/${userId}/issue`, { userId, password });
    this.token = z.object({ token: z.string() }).parse(body).token;
  }

  async post(path: string, body: unknown): Promise<Answer> {
    return this.untilAnswered(path, {
      method: 'POST',
      headers: { ...this.headers(), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async get(path: string): Promise<Answer> {
    return this.untilAnswered(path, { headers: this.headers() });
  }

  private headers() {
    return { 'x-auth-token': this.token, authorization: `Bearer ${this.token}` };
  }

  private async untilAnswered(path: string, init: RequestInit): Promise<Answer> {
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      this.signal.throwIfAborted();
      const answer = await this.once(path, init);
      if (answer !== undefined) return answer;
      this.repeats += 1;
      await sleep(pauseMs, undefined, { signal: this.signal });
    }
  }

  private async once(path: string, init: RequestInit): Promise<Answer | undefined> {
    try {
      const signal = AbortSignal.any([this.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
      const api = this.apis[this.calls++ % this.apis.length];
      const response = await fetch(`${api}${path}`, { ...init, signal });
      if (response.status >= 500) return undefined;
      return { status: response.status, body: await response.json() };
    } catch {
      return undefined;
    }
  }
}
