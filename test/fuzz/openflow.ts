/**
 * Random and mutated OpenFlow messages against openflow-ts: `npm run fuzz -- [--messages N] [--seed N]`.
 * Decoding gives a message or a DecodeError, what was decoded can be printed, and be encoded or refused as such; nothing
 * else is thrown, nothing takes long, and memory does not grow. Ends with exit code 1 at the first fault.
 */
import { parseArgs } from 'node:util'
import { decodeMessage, DecodeError, encodeMessage, EncodeError, formatBytes, type Message, type OfVersion } from 'openflow-ts'
import { corpus } from './corpus.js'
import { mutant, Random } from './mutate.js'

/** No message may take this long; the longest one takes well under a millisecond. */
const HANG_MS = 2000
const GROWTH_LIMIT_MIB = 64
/** Printing is several times slower than decoding. */
const PRINT_EVERY = 4

const tally = { decoded: 0, refused: 0, printed: 0, encoded: 0, unencodable: 0 }

function decoded(bytes: Buffer): Message | undefined {
  try {
    const message = decodeMessage(bytes)
    tally.decoded++
    return message
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    tally.refused++
    return undefined
  }
}

function encodeAgain(message: Message, version: number): void {
  try {
    encodeMessage(message, version as OfVersion)
    tally.encoded++
  } catch (error) {
    if (!(error instanceof EncodeError)) throw error
    tally.unencodable++
  }
}

function tryOne(bytes: Buffer, n: number): void {
  const message = decoded(bytes)
  if (n % PRINT_EVERY === 0) {
    formatBytes(bytes)
    tally.printed++
  }
  const version = bytes[0] ?? 0
  if (message !== undefined && version >= 1 && version <= 6) encodeAgain(message, version)
}

function heapMib(): number {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed / 2 ** 20
}

function run(messages: number, seed: number): void {
  const from = corpus(seed)
  const random = new Random(seed)
  let baseline = 0
  let slowest = 0
  const started = performance.now()
  for (let n = 0; n < messages; n++) {
    const bytes = mutant(from, random)
    const start = performance.now()
    try {
      tryOne(bytes, n)
    } catch (error) {
      console.error(`message ${n}: ${bytes.toString('hex')}`)
      throw error
    }
    const took = performance.now() - start
    slowest = Math.max(slowest, took)
    if (took > HANG_MS) throw new Error(`message ${n} took ${took} ms: ${bytes.toString('hex')}`)
    // What compiles and caches has done so after the first tenth.
    if (n === Math.floor(messages / 10)) baseline = heapMib()
  }
  const growth = heapMib() - baseline
  const seconds = (performance.now() - started) / 1000
  console.log(`${messages} messages of ${from.length} in ${seconds.toFixed(1)} s, seed ${seed}: ${JSON.stringify(tally)}`)
  console.log(`slowest ${slowest.toFixed(1)} ms, heap ${growth.toFixed(1)} MiB more than after a tenth of them`)
  if (globalThis.gc !== undefined && growth > GROWTH_LIMIT_MIB) throw new Error(`the heap grew by ${growth} MiB`)
}

const { values } = parseArgs({
  options: { messages: { type: 'string', default: '10000000' }, seed: { type: 'string', default: '1' } },
})
run(Number(values.messages), Number(values.seed))
