import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const README = join(ROOT, 'src/openflow-ts/README.md')

interface Example {
  /** The heading that it is under. */
  readonly title: string
  readonly code: string
  /** What it prints; undefined: it is not run, it needs a switch or is part of something else. */
  readonly output: string | undefined
}

/** The programs of a Markdown text; a block of text right behind one is its output. */
function examplesOf(markdown: string): Example[] {
  const found = markdown.matchAll(/^## (?<title>[^\n]+)$|^```ts\n(?<code>.*?)^```\n(?:```text\n(?<output>.*?)^```\n)?/gms)
  const examples: Example[] = []
  let heading = ''
  for (const { groups: { title, code, output } = {} } of found) {
    if (title !== undefined) heading = title
    else if (code !== undefined) examples.push({ title: heading, code, output })
  }
  return examples
}

const examples = examplesOf(readFileSync(README, 'utf8'))

/** Checks the examples as strictly as our own sources, as if they were files beside this test. */
function typeErrors(): string[] {
  const config = ts.getParsedCommandLineOfConfigFile(join(ROOT, 'test/tsconfig.json'), {}, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => assert.fail(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')),
  })
  assert.ok(config !== undefined)
  const { options } = config
  const here = dirname(fileURLToPath(import.meta.url))
  const sources = new Map(examples.map(({ code }, i) => [join(here, `readme-example-${i}.ts`), `${code}\nexport {}\n`]))
  const disk = ts.createCompilerHost(options)
  const host = ts.createCompilerHost(options)
  host.fileExists = (name) => sources.has(name) || disk.fileExists(name)
  host.readFile = (name) => sources.get(name) ?? disk.readFile(name)
  host.getSourceFile = (name, how) => {
    const source = sources.get(name)
    return source === undefined ? disk.getSourceFile(name, how) : ts.createSourceFile(name, source, how)
  }
  const program = ts.createProgram([...sources.keys()], options, host)
  const files = [...sources.keys()].flatMap((name) => program.getSourceFile(name) ?? [])
  assert.equal(files.length, examples.length)
  return files
    .flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)])
    .map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
}

async function outputOf(code: string): Promise<string> {
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  })
  const args = ['--import', 'tsx', '--conditions=source', '--input-type=module', '--eval', outputText]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT })
  return stdout
}

describe('the examples in the README of openflow-ts', function () {
  this.timeout(120_000)

  it('compile', () => {
    assert.ok(examples.length > 0)
    assert.deepEqual(typeErrors(), [])
  })

  for (const { title, code, output } of examples) {
    if (output === undefined) continue
    it(`print what it says: ${title}`, async () => {
      assert.equal(await outputOf(code), output)
    })
  }
})
