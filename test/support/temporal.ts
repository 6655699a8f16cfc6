import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  DefaultLogger,
  Runtime,
  type WorkflowBundleWithSourceMap,
} from '@temporalio/worker';
import { inject } from 'vitest';
import { indexedTypes, searchAttributes } from '../../src/temporal/search-attributes.ts';

/**
 * A Temporal server in which time passes as soon as nothing else can happen, for one test file. Time is skipped only
 * while a test awaits a workflow's result through this environment's client, or its `sleep`. Let every run come to its
 * end there: one terminated in mid-task can stop the clock for those after it.
 */
export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  const environment = await patiently(() =>
    TestWorkflowEnvironment.createTimeSkipping({
      server: { executable: { type: 'existing-path', path: inject('testServer') } },
    }),
  );
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: indexedTypes(),
  });
  return environment;
}

/** A real Temporal server in real time, for what the other one lacks: lists, counts, schedules. */
export function localEnvironment(): Promise<TestWorkflowEnvironment> {
  return localServer({});
}

/** The same, and it suggests to go on in a new run after so many events. */
export function localEnvironmentOfShortRuns(events: number): Promise<TestWorkflowEnvironment> {
  return localServer({
    extraArgs: ['--dynamic-config-value', `limit.historyCount.suggestContinueAsNew=${events}`],
  });
}

async function localServer({ extraArgs = [] }: { extraArgs?: string[] }): Promise<TestWorkflowEnvironment> {
  quietRuntime();
  return await patiently(() =>
    TestWorkflowEnvironment.createLocal({
      server: {
        extraArgs,
        executable: { type: 'existing-path', path: inject('temporalCli') },
        searchAttributes: Object.values(searchAttributes),
        log: { format: 'pretty', level: 'error' },
      },
    }),
  );
}

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

/** The workflows as a worker runs them, bundled once per test file. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  quietRuntime();
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
  return bundle;
}

let installed = false;

/** Shows errors only: a test that tries out failures would otherwise bury its own result. */
function quietRuntime(): void {
  if (installed) return;
  installed = true;
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: { core: 'ERROR', other: 'ERROR' } } },
  });
}

/** The SDK gives a server five seconds to start, which a busy machine may exceed. */
async function patiently(start: () => Promise<TestWorkflowEnvironment>): Promise<TestWorkflowEnvironment> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === 3) throw error;
    }
  }
}
