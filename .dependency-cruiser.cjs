/**
 * Imports point one way: model -> store -> intent -> flows + compile -> explain -> hosts -> api -> main / tools.
 * A stage knows what it reads, never who reads it; the two protocol libraries know nothing of Heddle.
 */
const stages = ['model', 'store', 'intent', 'flows', 'compile', 'explain', 'hosts', 'api']
const folder = (stage) => (stage === 'flows' ? '^flows/' : `^src/${stage}/`)

/** Each stage may import itself, what stands left of it, and the libraries. */
const stageRules = stages.map((stage, i) => ({
  name: `${stage}-imports-left`,
  comment: `${stage} may import only ${stages.slice(0, i + 1).join(', ')}`,
  severity: 'error',
  from: { path: folder(stage) },
  to: { path: [...stages.slice(i + 1).map(folder), '^src/main\\.ts$', '^src/config/', '^tools/', '^test/'] },
}))

module.exports = {
  forbidden: [
    ...stageRules,
    {
      name: 'libraries-stand-alone',
      comment: 'openflow-ts and ovsdb-client are publishable on their own',
      severity: 'error',
      from: { path: '^src/(openflow-ts|ovsdb-client)/' },
      to: { path: ['^src/(?!openflow-ts/|ovsdb-client/)', '^(flows|schemas|tools|test)/'] },
    },
    {
      name: 'libraries-do-not-know-each-other',
      severity: 'error',
      from: { path: '^src/(openflow-ts|ovsdb-client)/' },
      to: { path: '^src/(openflow-ts|ovsdb-client)/', pathNot: '^src/$1/' },
    },
    {
      name: 'no-cycles',
      comment: 'types may refer to each other; what runs may not',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    exclude: { path: '(^|/)dist/' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      conditionNames: ['source', 'import', 'types', 'node', 'default'],
      exportsFields: ['exports'],
      extensions: ['.ts', '.js', '.cjs', '.json'],
    },
    tsConfig: { fileName: 'tsconfig.json' },
  },
}
