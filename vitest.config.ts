import { defineConfig } from 'vitest/config';

/** Tests of pure code: they start no server, and fail where they ask for one. */
const unit = [
  'test/{docs,domain,rules,settings,deploy,ui-proxy,tools/bench}/**/*.test.ts',
  'test/activities/give-up.test.ts',
  'test/lists/csv.test.ts',
  'test/notifications/{paste,public-address,retry-schedule}.test.ts',
  'test/gateways/{configured-gateways,stripe-amounts,stripe-webhook}.test.ts',
  'test/tools/test-counts.test.ts',
];
const replay = ['test/replay/*.test.ts'];

export default defineConfig({
  test: {
    // Worker threads crash the Temporal core.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'unit', include: unit } },
      { extends: true, test: { name: 'replay', include: replay } },
      {
        extends: true,
        test: {
          name: 'servers',
          include: ['test/**/*.test.ts'],
          exclude: [...unit, ...replay],
          globalSetup: ['test/support/global-setup.ts'],
        },
      },
    ],
  },
});
