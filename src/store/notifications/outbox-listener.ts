import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const RECONNECT_MS = 1_000;

/**
 * Listens for new events and deliveries over a connection of its own, and connects again whenever that breaks.
 * @param signal ends it
 * @param onWake called when something may be due, also whenever listening begins
 * @param onBroken called once for each time that listening is lost, however often connecting fails then
 * @returns resolves once the connection is closed
 */
export async function listenToOutbox(
  pool: pg.Pool,
  signal: AbortSignal,
  onWake: () => void,
  onBroken: (error: unknown) => void,
): Promise<void> {
  let broken = false;
  while (!signal.aborted) {
    const client = new pg.Client(pool.options);
    // The caller that waits for the client sees its errors; without a listener one in between would end the process.
    client.on('error', () => {});
    try {
      await client.connect();
      client.on('notification', onWake);
      await client.query('listen outbox');
      broken = false;
      onWake();
      await once(client, 'end', { signal });
    } catch (error) {
      if (!broken && !signal.aborted) onBroken(error);
      broken = true;
    } finally {
      await client.end().catch(() => {});
    }
    await pause(RECONNECT_MS, undefined, { signal }).catch(() => {});
  }
}
