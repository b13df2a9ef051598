import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  decodeActions,
  decodeInstructions,
  decodeMatch,
  encodeInstructions,
  encodeMatch,
  formatActions,
  formatFlowFlags,
  formatPriorityAndMatch,
  OF12,
  OF13,
  OF14,
  OF15,
  type OfVersion,
  parseFlow,
  type ParsedFlow,
  Reader,
  Writer,
} from 'openflow-ts'
import { addFlowHex } from './openflow-support.js'

/** The vectors are kept beside the repository. */
const VECTORS = join(import.meta.dirname, '../../../shared/vectors')
const VERSIONS: Readonly<Record<string, OfVersion>> = {
  OpenFlow12: OF12,
  OpenFlow13: OF13,
  OpenFlow14: OF14,
  OpenFlow15: OF15,
}

interface Vector {
  readonly id: string
  readonly kind: string
  readonly input: string
  readonly args: readonly string[]
  readonly expect: string
  readonly error?: string
}

/**
 * Scope, stated once: a vector is out of it only when it uses an action or field that the tables do not declare yet, or
 * asks for the NXM texts of `-m`. Whatever else fails, fails the test.
 */
const UNDECLARED = /\b(?:learn|multipath|bundle|bundle_load|sample|encap|decap|delete_field|tun_metadata\d+)\b/
/** Oddities of ovs-ofctl 3.1 that are not followed. */
const KNOWN_ODD: readonly RegExp[] = [
  /tun_gtpu_flags=/, // it sends the value in place of the mask
  /0x\?/, // it takes what is no number for 0
]

const inScope = (vector: Vector): boolean =>
  !UNDECLARED.test(vector.input) &&
  !KNOWN_ODD.some((odd) => odd.test(vector.input)) &&
  !vector.args.some((arg) => arg.startsWith('-m'))

function load(file: string): Vector[] {
  const lines = readFileSync(join(VECTORS, file), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line) as Vector)
}

/** Runs the vectors that are in scope; every one must pass. */
function run(name: string, vectors: readonly Vector[], one: (vector: Vector) => string): void {
  const tried = vectors.filter(inScope)
  const failed: string[] = []
  for (const vector of tried) {
    let got: string
    try {
      got = one(vector)
    } catch (error) {
      got = `error: ${String(error)}`
    }
    if (vector.error !== undefined ? !got.startsWith('error: ') : got !== wanted(vector)) {
      failed.push(`${vector.id}\n    ${vector.input}\n    got  ${got}\n    want ${vector.error ?? wanted(vector)}`)
    }
  }
  console.log(`      ${name}: ${tried.length - failed.length} of ${tried.length} in scope, ${vectors.length} in all`)
  assert.deepEqual(failed, [])
}

const wanted = (vector: Vector): string => vector.expect.trim().split('\n').at(-1) ?? ''

/** What `ovs-ofctl parse-flow` prints last, after the flow went over the wire. */
function printed(flow: ParsedFlow, head: string, version: OfVersion): string {
  const w = new Writer()
  encodeMatch(w, flow.match, version)
  const match = decodeMatch(new Reader(w.take()), version)
  w.reset()
  encodeInstructions(w, flow.actions, version)
  const bytes = w.take()
  const actions = decodeInstructions(new Reader(bytes), bytes.length, version)
  const parts = [`${head}: ADD`]
  if (flow.table_id !== 0) parts.push(`table:${flow.table_id}`)
  const key = formatPriorityAndMatch({ priority: flow.priority, match })
  if (key !== '') parts.push(key)
  if (flow.cookie !== 0n) parts.push(`cookie:0x${flow.cookie.toString(16)}`)
  if ((flow.idle_timeout ?? 0) !== 0) parts.push(`idle:${flow.idle_timeout ?? 0}`)
  if ((flow.hard_timeout ?? 0) !== 0) parts.push(`hard:${flow.hard_timeout ?? 0}`)
  const flags = formatFlowFlags(flow.flags).trim()
  if (flags !== '') parts.push(flags)
  return `${parts.join(' ')} actions=${formatActions(actions)}`
}

describe('vectors of other projects', function () {
  before(function () {
    if (!existsSync(VECTORS)) {
      console.error(`SKIPPED: there are no vectors in ${VECTORS}`)
      this.skip()
    }
  })

  it('encode: add-flow sends the same bytes (OpenFlow 1.2 to 1.5)', () => {
    const vectors = load('encode.jsonl').filter(({ args }) => VERSIONS[args[1] ?? ''] !== undefined)
    run('encode', vectors, ({ input, args }) => addFlowHex(parseFlow(input), VERSIONS[args[1] ?? ''] ?? OF13))
  })

  it('parse-flow: what is printed of flows sent in OpenFlow 1.2 and later; errors are errors in any', () => {
    const heads: Readonly<Record<string, OfVersion>> = {
      'OFPT_FLOW_MOD (OF1.2)': OF12,
      'OFPT_FLOW_MOD (OF1.3)': OF13,
      'OFPT_FLOW_MOD (OF1.4)': OF14,
      'OFPT_FLOW_MOD (OF1.5)': OF15,
    }
    const headOf = (vector: Vector): string => wanted(vector).split(':', 1)[0] ?? ''
    const vectors = [...load('parse-flow.jsonl'), ...load('parse-flow-more.jsonl')].filter(
      (vector) => vector.kind === 'parse-flow' && (vector.error !== undefined || heads[headOf(vector)] !== undefined),
    )
    run('parse-flow', vectors, (vector) => {
      const head = headOf(vector)
      return printed(parseFlow(vector.input), head, heads[head] ?? OF13)
    })
  })

  it('parse-actions, parse-instructions: what is printed of bytes (OpenFlow 1.2 to 1.5)', () => {
    const vectors = load('actions.jsonl').filter(
      ({ args, expect }) =>
        VERSIONS[args[0] ?? ''] !== undefined && expect.startsWith('actions=') && !UNDECLARED.test(expect),
    )
    run('actions', vectors, ({ kind, input, args }) => {
      const bytes = Buffer.from(input.replace(/\s/g, ''), 'hex')
      const version = VERSIONS[args[0] ?? ''] ?? OF13
      const decode = kind === 'parse-actions' ? decodeActions : decodeInstructions
      return `actions=${formatActions(decode(new Reader(bytes), bytes.length, version))}`
    })
  })
})
