// Which folder may know which: a dependency points inwards, so that the domain and the rules stay pure, the workflow
// bundle small, and the client free of worker code (docs/architecture.md).
const inside = (...folders) => `^src/(${folders.join('|')})`;

/** Files of `folder` may reach what is named here in src, and nothing else of ours. */
// Node's own `module` loads one of the packages later; `crypto` signs; the client's tokens wait, and call back.
function mayReach(folder, own, packages) {
  return [
    {
      name: `${folder}-reaches-inwards`,
      severity: 'error',
      from: { path: `^src/${folder}/` },
      to: { path: '^src/', pathNot: inside(`${folder}/`, ...own) },
    },
    ...(packages === undefined
      ? []
      : [
          {
            name: `${folder}-packages`,
            severity: 'error',
            from: { path: `^src/${folder}/` },
            to: {
              dependencyTypesNot: ['local', 'type-only'],
              pathNot:
                packages.length === 0
                  ? '^src/'
                  : `(^src/)|^(module|crypto|util|timers/promises)$|node_modules/(${packages.join('|')})/`,
            },
          },
        ]),
  ];
}

export default {
  forbidden: [
    {
      name: 'no-circle',
      severity: 'error',
      from: {},
      to: { circular: true, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-circle-of-folders',
      severity: 'error',
      scope: 'folder',
      from: {},
      to: { circular: true },
    },
    ...mayReach('domain', [], []),
    ...mayReach('rules', ['domain/'], ['@marcbachmann/cel-js', 're2js', 'yaml']),
    ...mayReach('wire', ['domain/', 'rules/'], ['zod']),
    ...mayReach(
      'temporal',
      ['domain/'],
      ['@temporalio/workflow', '@temporalio/common', '@temporalio/client'],
    ),
    // One file names the activities, and only their types: if more came with them, the workflow bundle would not build.
    {
      name: 'workflows-reach-inwards',
      severity: 'error',
      from: { path: '^src/workflows/', pathNot: 'workflows/activities' },
      to: { path: '^src/', pathNot: inside('workflows/', 'temporal/', 'domain/') },
    },
    ...mayReach(
      'client',
      ['domain/', 'temporal/'],
      ['@temporalio/client', '@temporalio/common', '@temporalio/envconfig', '@grpc/grpc-js', 'openid-client'],
    ),
    ...mayReach('identity', ['domain/'], ['jose', 'zod']),
    ...mayReach('gateways', ['domain/', 'wire/zod-messages']),
    ...mayReach('notifications', ['domain/', 'temporal/runs-address']),
    ...mayReach('settings', ['domain/', 'notifications/events'], ['zod', 'luxon', 'date-holidays']),
    ...mayReach('sandbox-gateway', ['gateways/sandbox/', 'gateways/port/', 'domain/', 'wire/', 'runtime/']),
    ...mayReach('ui-proxy', ['runtime/']),
    ...mayReach('store', [
      'domain/',
      'rules/',
      'settings/',
      'notifications/events',
      'wire/zod-messages',
      'runtime/',
    ]),
    ...mayReach('failures', ['client/', 'store/', 'wire/']),
    ...mayReach('lists', ['domain/', 'rules/', 'store/']),
    ...mayReach('reviews', ['client/', 'domain/', 'store/', 'runtime/']),
    ...mayReach('delivery', ['domain/', 'store/', 'settings/', 'notifications/', 'runtime/']),
    ...mayReach('activities', [
      'delivery/',
      'domain/',
      'rules/',
      'temporal/',
      'client/',
      'identity/',
      'store/',
      'gateways/',
      'notifications/',
      'runtime/',
      'settings/',
    ]),
    {
      name: 'cli-is-no-api',
      severity: 'error',
      from: { path: '^src/cli/' },
      to: { path: inside('api/') },
    },
    {
      name: 'api-starts-by-the-client',
      severity: 'error',
      from: { path: '^src/(api|cli)/' },
      to: { path: inside('workflows/', 'activities/', 'worker') },
    },
    // Programs are put together in one place, and what is put together does not know it.
    {
      name: 'parts-know-no-assembly',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(assembly|testing)/|^src/api/server|^src/worker' },
      to: { path: inside('assembly/') },
    },
    // No call pays from here: the API knows the port of gateways' webhooks, and assembly/ which gateways there are.
    {
      name: 'api-knows-gateways-by-their-webhook',
      severity: 'error',
      from: { path: '^src/(api|cli)/' },
      to: { path: inside('gateways/'), pathNot: '^src/gateways/port/gateway-webhook' },
    },
  ],
  options: {
    tsPreCompilationDeps: 'specify',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.js'],
    },
  },
};
