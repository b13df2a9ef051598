import { appendMessage, decodeMessage, encodeMessage, type Flow, flowMod, match, type Message, OF13, OF14, OF15, type OfVersion, Writer } from 'openflow-ts'
import {
  antiSpoof,
  classifyPod,
  cookieOf,
  type FlowTerm,
  type LocalPod,
  receive,
  type RemoteRoute,
  routeRemote,
  TABLES,
  TUNNEL_OFPORTS,
} from '../../flows/index.js'
import { usage } from './errors.js'
import { Report } from './report.js'

const ROUNDS = 5

/** `bench codec [FLOWS]`: how many of our own flows become flow-mods, and flow-mods flows, in a second; best of five. */
export function benchCodec([count = '50000']: readonly string[]): Promise<void> {
  if (!/^[1-9]\d{0,6}$/.test(count)) throw usage(`codec: "${count}" is no number of flows`)
  const report = new Report()
  const flows = someFlows(Number(count))
  report.put('codec.flows', flows.length)
  for (const [name, version] of [['of13', OF13], ['of14', OF14], ['of15', OF15]] as const) {
    const messages: Message[] = flows.map((flow) => flowMod('add', flow))
    const bytes = messages.map((message) => encodeMessage(message, version))
    report.put(`codec.${name}.bytes_per_flow_mod`, bytes.reduce((total, { length }) => total + length, 0) / flows.length, 1)
    report.put(`codec.${name}.encoded_per_s`, perSecond(messages, (message) => encodeMessage(message, version)), 0)
    report.put(`codec.${name}.appended_per_s`, perSecond(messages, appending(version)), 0)
    report.put(`codec.${name}.decoded_per_s`, perSecond(bytes, (message) => decodeMessage(message)), 0)
    report.put(`codec.${name}.heap_bytes_per_encoded`, bytesEach(messages, (message) => encodeMessage(message, version)), 0)
    report.put(`codec.${name}.heap_bytes_per_decoded`, bytesEach(bytes, (message) => decodeMessage(message)), 0)
  }
  return Promise.resolve()
}

/** So much is written by one call, as by a bundle. */
const PIECE_BYTES = 64 * 1024

/** Encodes one behind the other, as they go on a stream. */
function appending(version: OfVersion): (message: Message) => void {
  const w = new Writer(2 * PIECE_BYTES)
  return (message) => {
    appendMessage(w, message, version)
    if (w.length > PIECE_BYTES) w.take()
  }
}

function perSecond<T>(items: readonly T[], work: (item: T) => unknown): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now()
    for (const item of items) work(item)
    best = Math.min(best, performance.now() - start)
  }
  return (1000 * items.length) / best
}

const FEW = 500

/** Bytes of the JavaScript heap that one item costs: the median over runs so short that nothing is collected in most. */
function bytesEach<T>(items: readonly T[], work: (item: T) => unknown): number {
  const grown: number[] = []
  for (let at = 0; at + FEW <= items.length && grown.length < 51; at += FEW) {
    const before = process.memoryUsage().heapUsed
    for (let i = at; i < at + FEW; i++) work(items[i] as T)
    grown.push(process.memoryUsage().heapUsed - before)
  }
  const ranked = grown.filter((bytes) => bytes > 0).sort((a, b) => a - b)
  return (ranked[ranked.length >> 1] ?? 0) / FEW
}

/** What hosts really get: the flows of pods, and one route to another host's block for each pod. */
function someFlows(count: number): Flow[] {
  const flows: Flow[] = []
  for (let n = 0; flows.length < count; n++) flows.push(...podFlows(n))
  return flows.slice(0, count)
}

function podFlows(n: number): Flow[] {
  const address = 0x0a00_0000 + n
  const pod: LocalPod = {
    ofport: 16 + (n % 60_000),
    mac: 0x0248_0000_0000n + BigInt(address),
    addresses: [{ family: 4, value: BigInt(address) }],
    domain: 1 + (n % 10),
    tunnelKey: 1 + (n % 10),
    identity: 1 + (n % 100),
    zone: 1 + (n % 10),
  }
  const route: RemoteRoute = {
    domain: pod.domain,
    destination: { family: 4, address: BigInt(0x0b00_0000 + n * 64), prefix: 26 },
    stray: false,
    tunnelKey: pod.tunnelKey,
    tunnelOfport: TUNNEL_OFPORTS.vxlan,
    tunnelAddress: { family: 4, value: BigInt(0xac10_0001 + (n % 250)) },
  }
  const cookie = cookieOf('pod', `pod${n}`)
  return [...classifyPod(pod), ...antiSpoof(pod), ...receive(pod), ...routeRemote(route)].map((term) => toFlow(term, cookie))
}

function toFlow({ table, priority, match: init, actions }: FlowTerm, cookie: bigint): Flow {
  return { table_id: TABLES[table].id, priority, cookie, match: match(init), actions }
}
