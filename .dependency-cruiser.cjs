// The import rules of src/ARCHITECTURE.md; `npm run check` runs them.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'chassis-knows-no-commerce',
      comment: 'The chassis serves any domain.',
      severity: 'error',
      from: { path: '^src/chassis/' },
      to: {
        path: [
          '^src/(services|gateway|sandbox|embedded|client|up)/',
          '^gen/tradewind/(?!type|transport|registry|events|choreography|user/v1/user\\.ts)',
        ],
      },
    },
    {
      name: 'core-stands-alone',
      severity: 'error',
      from: { path: '^src/chassis/core/' },
      to: { path: ['^src/(?!chassis/core/)', '^gen/'] },
    },
    {
      name: 'chassis-folders-through-their-index',
      severity: 'error',
      from: { path: '^src/chassis/((?:middleware/)?[^/]+)/' },
      to: {
        path: '^src/chassis/((?:middleware/)?[^/]+)/',
        pathNot: ['^src/chassis/$1/', '^src/chassis/(?:middleware/)?[^/]+/index\\.ts$'],
      },
    },
    {
      name: 'chassis-through-its-indexes',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/chassis/' },
      to: { path: '^src/chassis/', pathNot: '^src/chassis/(?:middleware/)?[^/]+/index\\.ts$' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^src/services/[^/]+/domain(/|\\.ts$)' },
      to: { path: '.', pathNot: ['^src/chassis/core/index\\.ts$', '^src/services/[^/]+/domain(/|\\.ts$)'] },
    },
    {
      name: 'services-never-import-each-other',
      severity: 'error',
      from: { path: '^src/services/([^/]+)/' },
      to: { path: ['^src/services/(?!$1/)', '^src/(gateway|up|sandbox|embedded|client)/'] },
    },
    {
      name: 'gateway-imports-no-service',
      severity: 'error',
      from: { path: '^src/gateway/' },
      to: { path: '^src/(services|up|sandbox|embedded|client)/' },
    },
    {
      name: 'client-holds-no-server',
      comment: 'What other apps import must not pull in the suite.',
      severity: 'error',
      from: { path: '^src/client/' },
      to: {
        path: ['^src/(services|gateway|up|sandbox|embedded)/', '^src/chassis/(server|lifecycle|store|saga|admin)/'],
      },
    },
    {
      name: 'etcd3-in-one-adapter',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/chassis/registry/etcd/' },
      to: { path: 'node_modules/etcd3/' },
    },
    {
      name: 'grpc-js-in-few-hands',
      comment: 'embedded/etcd serves a foreign protocol; everything else goes through the chassis.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(chassis/(channel|client|server|transport)|embedded/etcd)/' },
      to: { path: 'node_modules/@grpc/grpc-js/' },
    },
    { name: 'no-test-code-in-src', severity: 'error', from: { path: '^src/' }, to: { path: '^tests/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^tests/bench/node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default'] },
  },
};
