import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { expect, test } from 'vitest';
import { projectRoot } from '../../src/runtime/project-files.ts';
import * as workflows from '../../src/workflows/index.ts';
import { workflowBundle } from '../support/temporal.ts';

const folder = path.join(projectRoot, 'test/replay/histories');
const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

function recorded(file: string) {
  return historyFromJSON(JSON.parse(readFileSync(path.join(folder, file), 'utf8')));
}

test('every workflow is among what was recorded', () => {
  const types = files.map(
    (file) => recorded(file).events?.[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name,
  );
  expect(new Set(types)).toEqual(new Set(Object.keys(workflows)));
});

// When this fails, runs that are under way would fail the same way: guard the change with patched().
test.each(files)('%s can be resumed by the workflows as they are now', async (file) => {
  const replay = Worker.runReplayHistory({ workflowBundle: await workflowBundle() }, recorded(file), file);
  await expect(replay).resolves.toBeUndefined();
});

test('a lifecycle that does its steps in another order is caught', async () => {
  const changed = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../support/changed-workflows.ts', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  });
  const replay = Worker.runReplayHistory(
    { workflowBundle: changed },
    recorded('held-refunded-by-operator.json'),
  );
  await expect(replay).rejects.toThrow(DeterminismViolationError);
});
