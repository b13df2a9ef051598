// Bundles the programs that people start often into dist/bin: one file to read instead of hundreds is most of what a
// start costs. What is imported dynamically stays a file of its own and is read when it is needed.
import { chmod, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const outdir = join(root, 'dist/bin')

const programs = {
  'heddle-controller': 'src/main.ts',
  heddle: 'tools/heddle/main.ts',
  'heddle-ofctl': 'tools/heddle-ofctl/main.ts',
}

await rm(outdir, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: programs,
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  conditions: ['source'],
  sourcemap: true,
  // Native code, and packages that read files beside their own.
  external: ['lmdb', '@fastify/swagger', '@fastify/swagger-ui'],
  // CommonJS packages inside an ES module still call require.
  banner: { js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);" },
  logLevel: 'warning',
})
await Promise.all(Object.keys(programs).map((name) => chmod(join(outdir, `${name}.js`), 0o755)))
