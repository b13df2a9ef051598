// Bundles the programs that people start often into dist/bin: one file to read instead of hundreds, compiled beforehand,
// is most of what a start costs. `bundle/start.cjs` runs them.
import { execFileSync } from 'node:child_process'
import { chmod, copyFile, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const parts = join(root, 'tools/bundle')
const outdir = join(root, 'dist/bin')

/** Flows of all sorts, often enough that templates are made of them. */
const flows = (await readFile(join(parts, 'flows.txt'), 'utf8')).repeat(40)

/** `usual`: arguments of a run, and its input, that calls what most runs call and changes nothing. */
const programs = {
  'heddle-controller': { entry: 'src/main.ts', usual: ['--help'] },
  heddle: { entry: 'tools/heddle/main.ts', usual: ['--help'] },
  'heddle-ofctl': { entry: 'tools/heddle-ofctl/main.ts', usual: ['parse-flows', '-'], input: flows },
}

await rm(outdir, { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: Object.entries(programs).map(([name, { entry }]) => ({ in: entry, out: `${name}.bundle` })),
  outdir,
  bundle: true,
  // Node loads CommonJS faster, and only that from code compiled beforehand.
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  conditions: ['source'],
  sourcemap: true,
  // Modules that are imported dynamically are in the file, too, and run when they are.
  supported: { 'dynamic-import': false },
  // Native code, and packages that read files beside their own.
  external: ['lmdb', '@fastify/swagger', '@fastify/swagger-ui'],
  define: { 'import.meta.url': '__url', 'import.meta.dirname': '__dirname' },
  banner: { js: "const __url = require('node:url').pathToFileURL(__filename).href;" },
  logLevel: 'warning',
})
await writeFile(join(outdir, 'package.json'), '{ "type": "commonjs" }\n')
for (const [name, { usual, input = '' }] of Object.entries(programs)) {
  const program = join(outdir, `${name}.js`)
  await copyFile(join(parts, 'start.cjs'), program)
  await chmod(program, 0o755)
  // Compiled code is for the options of Node that it was made with: those of most runs are none.
  const env = { ...process.env, NODE_OPTIONS: '' }
  const run = [join(parts, 'code-cache.cjs'), program, ...usual]
  execFileSync(process.execPath, run, { env, input, stdio: ['pipe', 'ignore', 'inherit'], timeout: 60_000 })
}
