import type { Action } from '../action/types.js'
import { TextError } from '../errors.js'
import type { PacketOut } from '../messages/spec/packet-out.js'
import { termOf } from '../match/terms.js'
import { PORTS } from '../ports.js'
import { type Protocols, PROTOCOLS } from '../protocols.js'
import { fieldByName, type FieldInfo } from '../spec/registry.js'
import { parseActionText } from './action-text.js'
import type { TextContext } from './context.js'
import { splitActions } from './flow-parse.js'
import { MatchText } from './match-parse.js'
import { strtoull } from './numbers.js'
import { portFromText } from './ports.js'
import { scanKeyValues } from './scan.js'

/** A packet-out as text gives it. */
export interface ParsedPacketOut {
  /** Its match is all of the packet's metadata; versions before OpenFlow 1.5 send but the port. */
  readonly packet: PacketOut
  /** The flow formats whose versions can carry it. */
  readonly usable: Protocols
}

interface Reading {
  readonly metadata: MatchText
  readonly ctx: TextContext
  data: Uint8Array | undefined
  usable: Protocols
}

/** Ports below, and some above, from which a packet can be said to come. */
const SOURCES: readonly number[] = [PORTS.LOCAL, PORTS.NONE, PORTS.CONTROLLER]

function takePort(to: Reading, value: string): void {
  const port = portFromText(value, to.ctx)
  if (port === undefined) throw new TextError(`${value} is not a valid OpenFlow port`)
  if (port > PORTS.MAX && !SOURCES.includes(port)) {
    throw new TextError(`${value} is not a valid OpenFlow port for PACKET_OUT`)
  }
  setPort(to, port)
}

function setPort({ metadata }: Reading, port: number): void {
  metadata.take({ key: 'in_port', value: String(port), delimiter: '=' })
}

/** `NS,TYPE` */
function takePacketType({ metadata }: Reading, value: string): void {
  const comma = value.indexOf(',')
  if (comma < 0) throw new TextError(`packet_type(${value}) can't be interpreted`)
  const [ns, type] = [value.slice(0, comma), value.slice(comma + 1)].map((part) => Number(strtoull(part) & 0xffffn))
  metadata.take({ key: 'packet_type', value: `(${ns ?? 0},${type ?? 0})`, delimiter: '=' })
}

const ETHERNET_HEADER = 14

function takePacket(to: Reading, value: string): void {
  if (!/^(?:[0-9a-f]{2})*$/i.test(value)) throw new TextError('packet: Trailing garbage in packet data')
  to.data = Buffer.from(value, 'hex')
  if (to.data.length < ETHERNET_HEADER) throw new TextError('packet: Packet data too short for Ethernet')
}

const PIPELINE = /^(?:tun_.*|metadata|in_port|in_port_oxm|x{0,2}reg\d+|packet_type)$/

function takeField(to: Reading, info: FieldInfo, key: string, value: string): void {
  const own = new MatchText(to.ctx)
  for (const terms of [own, to.metadata]) terms.take({ key, value, delimiter: '=' })
  to.usable &= own.usable
  if (!PIPELINE.test(info.name)) throw new TextError(`${key} is not a valid pipeline field for PACKET_OUT`)
}

const SETTERS: ReadonlyMap<string, (to: Reading, value: string) => void> = new Map([
  ['in_port', takePort],
  ['packet_type', takePacketType],
  ['packet', takePacket],
])

function takePairs(to: Reading, text: string): void {
  for (const { key, value } of scanKeyValues(text)) {
    if (value === '') throw new TextError(`field ${key} missing value`)
    const set = SETTERS.get(key)
    const info = set === undefined ? fieldByName(key) : undefined
    if (set !== undefined) set(to, value)
    else if (info !== undefined) takeField(to, info, key, value)
    else throw new TextError(`unknown keyword ${key}`)
  }
}

/**
 * Parses what ovs-ofctl takes for packet-out: `in_port=1,packet=0123...,metadata=7,actions=output:2`.
 * @throws TextError
 */
export function parsePacketOut(text: string, ctx: TextContext = {}): ParsedPacketOut {
  const [fields, actionText] = splitActions(text)
  const to: Reading = { metadata: new MatchText(ctx), ctx, data: undefined, usable: PROTOCOLS.ANY }
  setPort(to, PORTS.CONTROLLER)
  takePairs(to, fields)
  if (to.data === undefined) throw new TextError('must specify packet')
  let actions: readonly Action[] = []
  if (actionText !== undefined) {
    const parsed = parseActionText(actionText, ctx)
    actions = parsed.actions
    to.usable &= parsed.usable
  }
  const match = to.metadata.build()
  const in_port = Number(termOf(match, 'in_port')?.[0] ?? PORTS.ANY)
  return { packet: { in_port, match, actions, data: to.data }, usable: to.usable }
}
