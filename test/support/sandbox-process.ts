import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import type { SwitchInput } from '../../src/sandbox-gateway/switches.ts';
import { type CompiledProcess, startCompiled } from './compiled-process.ts';

const booksAnswer = z.object({
  refunds: z.array(
    z.object({
      id: z.string(),
      reference: z.string(),
      status: z.enum(['pending', 'captured', 'declined']),
      amountMinor: z.int(),
      currency: z.string(),
    }),
  ),
  totals: z.record(z.string(), z.record(z.string(), z.object({ count: z.int(), minor: z.int() }))),
});

export type BooksAnswer = z.infer<typeof booksAnswer>;

/** A sandbox gateway in a process of its own, whose books outlive it. */
export class SandboxProcess {
  readonly booksFile: string;
  private readonly folder: string;
  private readonly env: Record<string, string>;
  private running: CompiledProcess | undefined;
  private port = 0;

  private constructor(env: Record<string, string>) {
    this.folder = mkdtempSync(path.join(os.tmpdir(), 'sandbox-gateway-'));
    this.booksFile = path.join(this.folder, 'books.jsonl');
    this.env = env;
  }

  static async start(env: Record<string, string> = {}): Promise<SandboxProcess> {
    const sandbox = new SandboxProcess(env);
    try {
      await sandbox.restart();
    } catch (error) {
      await sandbox.remove();
      throw error;
    }
    return sandbox;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get process(): CompiledProcess {
    if (!this.running) throw new Error('the sandbox gateway is not running');
    return this.running;
  }

  /** Starts again on the same port with the same books. */
  async restart(): Promise<void> {
    this.running = await startCompiled('src/sandbox-gateway/server.ts', {
      GATEWAY_PORT: String(this.port),
      GATEWAY_BOOKS: this.booksFile,
      ...this.env,
    });
    this.port = z.int().parse(this.running.ready['port']);
  }

  async kill(): Promise<void> {
    await this.process.end('SIGKILL');
    this.running = undefined;
  }

  /** Ends it and removes its books. */
  async remove(): Promise<void> {
    await this.running?.end();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async misbehave(...switches: SwitchInput[]): Promise<void> {
    const response = await fetch(`${this.url}/switches`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(switches),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  async books(): Promise<BooksAnswer> {
    return booksAnswer.parse(await (await fetch(`${this.url}/books`)).json());
  }

  /** Has the gateway take a captured refund back. */
  async reverse(id: string, reason: string): Promise<void> {
    await this.post(`refunds/${id}/reverse`, { reason });
  }

  /** Has the money of a payment option's payments gone back without a refund of ours. */
  async contest(
    paymentOptionToken: string,
    contested: 'refundedElsewhere' | 'chargedBack',
    reason: string,
  ): Promise<void> {
    await this.post('contests', { paymentOptionToken, contested, reason });
  }

  private async post(resource: string, body: unknown): Promise<void> {
    const response = await fetch(`${this.url}/${resource}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(await response.text());
  }

  /** The refunds that the gateway has in its books under a reference. */
  async booked(reference: string): Promise<BooksAnswer['refunds']> {
    return (await this.books()).refunds.filter((refund) => refund.reference === reference);
  }
}
