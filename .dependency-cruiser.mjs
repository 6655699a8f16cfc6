// Which folder may know which: a dependency points inwards, so that the domain and the rules stay pure, the workflow
// bundle small, and the client free of worker code (docs/architecture.md).
const inside = (...folders) => `^src/(${folders.join('|')})`;

/** Files of `folder` may reach what is named here in src, and nothing else of ours. */
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
              pathNot: packages.length === 0 ? '^src/' : `(^src/)|node_modules/(${packages.join('|')})/`,
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
    ...mayReach('domain', [], []),
    ...mayReach('rules', ['domain/'], ['@marcbachmann/cel-js', 'yaml']),
    ...mayReach('messages', ['domain/'], ['@temporalio/workflow', '@temporalio/common']),
    // One file names the activities, and only their types: if more came with them, the workflow bundle would not build.
    {
      name: 'workflows-reach-inwards',
      severity: 'error',
      from: { path: '^src/workflows/', pathNot: 'workflows/activities' },
      to: { path: '^src/', pathNot: inside('workflows/', 'messages/', 'domain/') },
    },
    ...mayReach(
      'client',
      ['domain/', 'messages/'],
      ['@temporalio/client', '@temporalio/common', '@temporalio/envconfig'],
    ),
    ...mayReach('gateways', ['domain/', 'problems-in-words', 'project-files', 'supervised']),
    ...mayReach('notifications', ['domain/']),
    ...mayReach(
      'settings',
      ['domain/', 'notifications/(events|languages)'],
      ['zod', 'luxon', 'date-holidays'],
    ),
    ...mayReach('store', [
      'domain/',
      'rules/',
      'settings/',
      'notifications/events',
      'problems-in-words',
      'project-files',
      'failpoints',
    ]),
    ...mayReach('lists', ['domain/', 'rules/', 'store/']),
    ...mayReach('reviews', ['client/', 'domain/', 'store/', 'in-chunks']),
    ...mayReach('delivery', ['domain/', 'store/', 'settings/', 'notifications/']),
    ...mayReach('activities', [
      'delivery/',
      'domain/',
      'rules/',
      'messages/',
      'client/',
      'store/',
      'gateways/',
      'notifications/',
      'failpoints',
      'in-chunks',
      'settings/',
    ]),
    {
      name: 'api-starts-by-the-client',
      severity: 'error',
      from: { path: '^src/(api|cli)/' },
      to: { path: inside('workflows/', 'activities/', 'worker') },
    },
    // No call pays from here. Only the API's start knows which gateways there are, for their webhooks' sake; the routes
    // know the port.
    {
      name: 'api-knows-gateways-by-their-webhook',
      severity: 'error',
      from: { path: '^src/(api|cli)/', pathNot: '^src/api/server' },
      to: { path: inside('gateways/'), pathNot: '^src/gateways/gateway-webhook' },
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
