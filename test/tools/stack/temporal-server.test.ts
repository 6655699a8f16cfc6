import { existsSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { expect, inject, test } from 'vitest';
import type { Part } from '../../../tools/processes/managed-process.ts';
import { freePort } from '../../../tools/stack/ports.ts';
import { startTemporal } from '../../../tools/stack/temporal-server.ts';
import { tempFolder } from '../../support/temp-folder.ts';

const SENDERS = 8;

test('what the embedded Temporal has answered survives its being killed, in write-ahead mode', async () => {
  const folder = tempFolder();
  const databaseFile = path.join(folder, 'temporal.db');
  const port = await freePort();
  const start = async () =>
    startTemporal({
      program: inject('temporalCli'),
      port,
      uiPort: await freePort(),
      databaseFile,
      logFile: path.join(folder, 'temporal.log'),
    });

  let server = await start();
  const answered = new Map<string, number>();
  try {
    expect(existsSync(`${databaseFile}-wal`)).toBe(true);
    for (const life of [1, 2]) {
      await sendUntilKilled(server, port, life, answered);
      server = await start();
      const kept = await signalsOf(port, [...answered.keys()]);
      const lost = [...answered].filter(([id, signals]) => (kept.get(id) ?? -1) < signals);
      expect([answered.size > SENDERS * life, lost]).toEqual([true, []]);
    }
  } finally {
    await server.stop();
  }
});

/** Starts runs and signals each twice, as fast as they are answered, until the server is killed in the middle of it. */
async function sendUntilKilled(
  server: Part,
  port: number,
  life: number,
  answered: Map<string, number>,
): Promise<void> {
  // Nothing is sent twice: a call that a killed server has not answered counts as not answered.
  const connection = await Connection.connect({ address: `127.0.0.1:${port}`, interceptors: [] });
  const { workflow } = new Client({ connection });
  const killed = new AbortController();
  const send = async (sender: number) => {
    for (let n = 0; !killed.signal.aborted; n += 1) {
      const workflowId = `run-${life}-${sender}-${n}`;
      try {
        const handle = await workflow.start('anything', { workflowId, taskQueue: 'nobody listens' });
        answered.set(workflowId, 0);
        for (const signals of [1, 2]) {
          await handle.signal('said');
          answered.set(workflowId, signals);
        }
      } catch (error) {
        if (!killed.signal.aborted) throw error;
      }
    }
  };
  const sending = Array.from({ length: SENDERS }, (_, sender) => send(sender));
  await Promise.race([sleep(2_000), ...sending]);
  killed.abort();
  process.kill(server.pid, 'SIGKILL');
  await server.ended;
  await Promise.all(sending);
  await connection.close();
}

/** How many signals each run's history has; a run that is not there is left out. */
async function signalsOf(port: number, ids: readonly string[]): Promise<Map<string, number>> {
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  const { workflow } = new Client({ connection });
  const found = new Map<string, number>();
  for (const id of ids) {
    const { events } = await workflow.getHandle(id).fetchHistory();
    const signals = events?.filter((event) => event.workflowExecutionSignaledEventAttributes);
    found.set(id, signals?.length ?? 0);
  }
  await connection.close();
  return found;
}
