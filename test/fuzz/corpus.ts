import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { encodeMessage, OF13, OF14, OF15 } from 'openflow-ts'
import { someMessage } from '../unit/openflow-messages/samples.js'

const VECTORS = fileURLToPath(new URL('../../../shared/vectors/', import.meta.url))
const FILES = ['ofp-roundtrip.jsonl', 'ofp-print.jsonl', 'ofp-print-more.jsonl', 'encode.jsonl']

interface Line {
  readonly kind: string
  readonly input: string
  readonly expect: string
}

/** The first whole message of a text of hex digits. */
function firstMessage(hex: string): Buffer | undefined {
  const bytes = Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')
  return bytes.length < 8 || bytes.length > 2048 ? undefined : bytes
}

function fromVectors(): Buffer[] {
  if (!existsSync(VECTORS)) {
    console.error('SKIPPED: ../shared/vectors is not there, the fuzz starts from our own samples alone')
    return []
  }
  return FILES.flatMap((file) => readFileSync(`${VECTORS}${file}`, 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
    .map(({ kind, input, expect }) => firstMessage(kind === 'encode' ? (expect.split('\n')[0] ?? '') : input))
    .filter((bytes) => bytes !== undefined)
}

/** Valid messages of all kinds, to be changed. */
export function corpus(seed: number): Buffer[] {
  const samples = fc.sample(someMessage, { numRuns: 500, seed })
  const own = samples.flatMap((message) => ([OF13, OF14, OF15] as const).map((version) => encodeMessage(message, version, 1)))
  return [...own, ...fromVectors()]
}
