/**
 * Generates the TypeScript of a database schema:
 *   npx tsx --conditions=source tools/gen-schema.ts SCHEMA.ovsschema OUTPUT.gen.ts [--check]
 * With --check nothing is written; it fails when OUTPUT is not what would be generated.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { parseArgs } from 'node:util'
import { generateTypes, OvsdbError, parseExact } from 'ovsdb-client'

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: 'boolean' } } })
  const [input, output, ...rest] = positionals
  if (input === undefined || output === undefined || rest.length > 0) {
    console.error('usage: gen-schema SCHEMA.ovsschema OUTPUT.gen.ts [--check]')
    return 2
  }
  const text = generateTypes(parseExact(await readFile(input, 'utf8')), { source: basename(input) })
  if (values.check !== true) {
    await writeFile(output, text)
    return 0
  }
  if ((await readFile(output, 'utf8')) === text) return 0
  console.error(`${output} is not what ${input} generates: run gen-schema again`)
  return 1
}

try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof OvsdbError || error instanceof SyntaxError || (error instanceof Error && 'code' in error))) {
    throw error
  }
  console.error(`gen-schema: ${error.message}`)
  process.exitCode = 1
}
