/**
 * Test vectors, answered by our libraries and tools.
 *   --batch                 vectors as JSONL on standard input, an answer a line: {"id", "output"[, "error"]}
 *   DIR|FILE [--kind KIND] [--id TEXT] [--failures N] [--jobs N]   runs vectors of .jsonl files, prints passed and total a kind
 */
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { answer } from './answer.js'
import { isRight } from './judge.js'
import { readVectors } from './read.js'
import type { Answer, JudgedVector, Vector } from './vector.js'

class UsageError extends Error {
  override readonly name = 'UsageError'
}

async function batch(): Promise<void> {
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
    if (line.trim() === '') continue
    const vector = JSON.parse(line) as Vector
    process.stdout.write(`${JSON.stringify({ id: vector.id, ...(await answer(vector)) })}\n`)
  }
}

function printFailure(vector: JudgedVector, got: Answer): void {
  const { id, args, input, expect, error } = vector
  const wanted = error === undefined ? expect : `error: ${error}`
  const answered = got.error === undefined ? got.output : `error: ${got.error}`
  console.log(`--- ${id}`)
  console.log(`args:  ${JSON.stringify(args)}\ninput: ${JSON.stringify(input)}`)
  console.log(`want:  ${JSON.stringify(wanted)}\ngot:   ${JSON.stringify(answered)}`)
}

interface Choice {
  readonly kind: string | undefined
  readonly id: string | undefined
  readonly failures: number
  /** Vectors at the same time: of use where they wait for programs. */
  readonly jobs: number
}

const isChosen = (vector: JudgedVector, { kind, id }: Choice): boolean =>
  (kind === undefined || vector.kind.match(`^(?:${kind})$`) !== null) && (id === undefined || vector.id.includes(id))

async function runAll(path: string, choice: Choice): Promise<boolean> {
  const tally = new Map<string, { passed: number; total: number }>()
  let shown = 0
  const run = async (vector: JudgedVector): Promise<void> => {
    const counts = tally.get(vector.kind) ?? { passed: 0, total: 0 }
    tally.set(vector.kind, counts)
    const got = await answer(vector)
    counts.total++
    if (isRight(vector, got)) counts.passed++
    else if (shown++ < choice.failures) printFailure(vector, got)
  }
  const waiting = (await readVectors(path)).filter((vector) => isChosen(vector, choice)).values()
  const work = async (): Promise<void> => {
    for (const vector of waiting) await run(vector)
  }
  await Promise.all(Array.from({ length: choice.jobs }, work))
  for (const [name, { passed, total }] of tally) console.log(`${name.padEnd(32)} ${passed} of ${total}`)
  return [...tally.values()].every(({ passed, total }) => passed === total)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: {
      batch: { type: 'boolean', default: false },
      kind: { type: 'string' },
      id: { type: 'string' },
      failures: { type: 'string', default: '0' },
      jobs: { type: 'string', default: '1' },
    },
    allowPositionals: true,
  })
  if (values.batch) {
    await batch()
    return
  }
  const [path] = positionals
  if (path === undefined) throw new UsageError('give --batch, or a folder or file of vectors')
  const { kind, id } = values
  const passed = await runAll(path, { kind, id, failures: Number(values.failures), jobs: Number(values.jobs) })
  if (!passed) process.exitCode = 1
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError || error instanceof TypeError)) throw error
  console.error(`conformance: ${error.message}`)
  process.exitCode = 1
}
