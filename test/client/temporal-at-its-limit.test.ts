import { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { connectTemporal, Overloaded, PaymentBlockClient, PaymentNotFound } from '../../src/client/index.ts';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  const limits = ['frontend.rps=20', 'frontend.namespaceRPS=20', 'frontend.namespaceRPS.visibility=20'];
  environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path: inject('temporalCli') },
      extraArgs: limits.flatMap((limit) => ['--dynamic-config-value', limit]),
      log: { format: 'pretty', level: 'error' },
    },
  });
});
afterAll(() => environment.teardown());

test('a Temporal at its limit refuses a call at once, and is not asked again by it', async () => {
  vi.stubEnv('TEMPORAL_ADDRESS', environment.address);
  const temporal = connectTemporal();
  try {
    const client = new PaymentBlockClient(temporal, 'nobody listens');
    const started = performance.now();
    const answers = await Promise.allSettled(
      Array.from({ length: 200 }, (_, n) =>
        client.payment({ subscriberId: 'demo', uniqueReference: `unknown-${n}` }),
      ),
    );
    expect(performance.now() - started).toBeLessThan(5_000);
    const failures = answers.map((answer) => (answer.status === 'rejected' ? answer.reason : undefined));
    const refused = failures.filter((failure) => failure instanceof Overloaded);
    const unknown = failures.filter((failure) => failure instanceof PaymentNotFound);
    expect([refused.length > 0, refused.length + unknown.length]).toEqual([true, 200]);
  } finally {
    await temporal.connection.close();
    vi.unstubAllEnvs();
  }
});
