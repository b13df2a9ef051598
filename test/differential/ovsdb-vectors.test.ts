import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  datumCodec,
  isJsonArray,
  isJsonObject,
  parseExact,
  parseSchema,
  readType,
  stringifyJson,
  type Json,
} from 'ovsdb-client'

const VECTORS = join(import.meta.dirname, '../../../shared/vectors')

interface Vector {
  readonly id: string
  readonly kind: string
  readonly input: string | readonly string[]
  readonly args: readonly string[]
  readonly expect: string
  readonly error?: string
  readonly invalid?: boolean
}

function vectors(file: string, kind: string): readonly Vector[] {
  const lines = readFileSync(join(VECTORS, file), 'utf8').split('\n')
  return lines
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Vector)
    .filter((vector) => vector.kind === kind)
}

/** JSON with the members in order. */
function canonical(json: Json): string {
  if (isJsonArray(json)) return `[${json.map(canonical).join(',')}]`
  if (!isJsonObject(json)) return stringifyJson(json)
  const members = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${canonical(value)}`).join(',')}}`
}

/** Numbers in the spelling of JavaScript, so that 1e+37 and 1e37 are the same. */
function respelled(text: string): string {
  return canonical(parseExact(text))
}

/** Arguments in a pair of brackets are single values. */
function argument(text: string): Json {
  const json = parseExact(text)
  return isJsonArray(json) && json.length === 1 ? (json[0] ?? null) : json
}

const present = existsSync(VECTORS)
if (!present) console.warn(`ovsdb-client: SKIPPED, no test vectors at ${VECTORS}`)

;(present ? describe : describe.skip)('ovsdb-client against recorded answers of Open vSwitch', () => {
  for (const vector of present ? vectors('json.jsonl', 'json') : []) {
    // Several values and lone literals: what may stand alone in a stream is JsonScanner's business.
    if (vector.args.includes('--multiple') || /by-itself/.test(vector.id)) continue
    it(vector.id, () => {
      const text = vector.input as string
      if (vector.invalid === true) assert.throws(() => parseExact(text), SyntaxError)
      else assert.equal(canonical(parseExact(text)), respelled(vector.expect))
    })
  }

  for (const kind of ['ovsdb-parse-data', 'ovsdb-parse-atoms']) {
    for (const vector of present ? vectors('ovsdb-unit.jsonl', kind) : []) {
      it(vector.id, () => {
        const [type, ...values] = vector.input
        const parsed = argument(type ?? '')
        const codec = datumCodec(
          readType(kind === 'ovsdb-parse-atoms' ? { key: parsed } : parsed, 'type', false),
          'value',
        )
        const answers = vector.expect.trimEnd().split('\n')
        values.forEach((value, i) => {
          const print = (): string => canonical(codec.encode(codec.decode(argument(value))))
          const answer = answers[i] ?? ''
          if (vector.error !== undefined || /^(syntax|constraint)/.test(answer))
            assert.throws(print, { code: /^OVSDB_/ })
          else assert.deepEqual(codec.decode(parseExact(print())), codec.decode(argument(answer)))
        })
      })
    }
  }

  for (const vector of present ? vectors('ovsdb-unit.jsonl', 'ovsdb-parse-type') : []) {
    it(vector.id, () => {
      const read = (): unknown => readType(argument(vector.input[0] ?? ''), 'type', false)
      if (vector.error === undefined) assert.ok(read())
      else assert.throws(read, { code: 'OVSDB_SCHEMA' })
    })
  }

  for (const vector of present ? vectors('ovsdb-unit.jsonl', 'ovsdb-parse-schema') : []) {
    it(vector.id, () => {
      const read = (): unknown => parseSchema(parseExact(vector.input[0] ?? ''))
      if (vector.error === undefined) assert.ok(read())
      else assert.throws(read, { code: 'OVSDB_SCHEMA' })
    })
  }
})
