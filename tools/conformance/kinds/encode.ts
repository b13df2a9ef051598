/** What a command of heddle-ofctl sends to a switch: it talks to a socket of ours, which keeps the messages. */
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import { withScratch } from '../scratch.js'
import { type Answer, type Kinds, textInput, type Vector } from '../vector.js'
import { answerOf } from './ofctl.js'

const OFPT = { HELLO: 0, ECHO_REQUEST: 2, ECHO_REPLY: 3, EXPERIMENTER: 4, FEATURES: 5, GET_CONFIG: 7, SET_CONFIG: 9 }
const NX = 0x2320
/** NXT_SET_FLOW_FORMAT, NXT_FLOW_MOD_TABLE_ID: they choose the format of what follows. */
const FORMAT_CHOICES = [12, 15]
const BUNDLE = { ONF: 0x4f4e4600, CONTROL: 2300, ADD: 2301, CONTROL_14: 33, ADD_14: 34 }
const MULTIPART = { TABLE: 3, TABLE_FEATURES: 12, PORT_DESC: 13 }

const OF10 = 1
const OF13 = 4
const barrierOf = (version: number): number => (version === OF10 ? 18 : 20)
const multipartOf = (version: number): number => (version === OF10 ? 16 : 18)

function header(version: number, type: number, xid: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt8(version, 0)
  bytes.writeUInt8(type, 1)
  bytes.writeUInt16BE(8 + body.length, 2)
  bytes.writeUInt32BE(xid, 4)
  return Buffer.concat([bytes, body])
}

const isExperimenter = (m: Buffer, vendor: number, ...types: number[]): boolean =>
  m[1] === OFPT.EXPERIMENTER && m.length >= 16 && m.readUInt32BE(8) === vendor && types.includes(m.readUInt32BE(12))

function isQuery(m: Buffer, version: number): boolean {
  if (m[1] !== multipartOf(version) || m.length < 10) return false
  return Object.values(MULTIPART).includes(m.readUInt16BE(8))
}

/** Messages that prepare or follow what the command is about. */
function isAside(m: Buffer, version: number): boolean {
  const type = m[1] ?? 0
  const { HELLO, ECHO_REQUEST, ECHO_REPLY, FEATURES, GET_CONFIG, SET_CONFIG } = OFPT
  return (
    [HELLO, ECHO_REQUEST, ECHO_REPLY, FEATURES, GET_CONFIG, SET_CONFIG, barrierOf(version)].includes(type) ||
    isQuery(m, version) ||
    isExperimenter(m, NX, ...FORMAT_CHOICES)
  )
}

/** The reply of a switch without ports and tables; undefined where none is due. */
function replyTo(m: Buffer, version: number): Buffer | undefined {
  const type = m[1] ?? 0
  const xid = m.readUInt32BE(4)
  if (type === OFPT.ECHO_REQUEST) return header(version, OFPT.ECHO_REPLY, xid, m.subarray(8))
  if (type === barrierOf(version)) return header(version, type + 1, xid)
  if (type === OFPT.FEATURES) return header(version, OFPT.FEATURES + 1, xid, features())
  if (type === OFPT.GET_CONFIG) return header(version, OFPT.GET_CONFIG + 1, xid, Buffer.from([0, 0, 0, 128]))
  if (isQuery(m, version)) return header(version, type + 1, xid, multipartReply(m, version))
  const control = type === BUNDLE.CONTROL_14 && version > OF13 ? 8 : isExperimenter(m, BUNDLE.ONF, BUNDLE.CONTROL) ? 16 : 0
  return control === 0 ? undefined : header(version, type, xid, bundleReply(m, control))
}

const features = (): Buffer => {
  const body = Buffer.alloc(24)
  body.writeUInt8(254, 12)
  return body
}

/** OFPTFPT_*: instructions, next tables, write and apply actions, match, wildcards, write and apply set-field. */
const TABLE_PROPERTIES = [0, 2, 4, 6, 8, 10, 12, 14]

/** struct ofp13_table_features of table 0, without a name, every property it must have empty. */
function oneTable(): Buffer {
  const properties = TABLE_PROPERTIES.map((type) => Buffer.from([0, type, 0, 4, 0, 0, 0, 0]))
  const features = Buffer.concat([Buffer.alloc(64), ...properties])
  features.writeUInt16BE(features.length, 0)
  return features
}

/** No ports, and one table where there has to be one. */
function multipartReply(m: Buffer, version: number): Buffer {
  const type = m.subarray(8, 10)
  const entries = type.readUInt16BE(0) === MULTIPART.TABLE_FEATURES ? oneTable() : Buffer.alloc(0)
  return Buffer.concat([type, Buffer.alloc(version === OF10 ? 2 : 6), entries])
}

/** A bundle control's reply has the number after its request's. */
function bundleReply(m: Buffer, at: number): Buffer {
  const body = Buffer.from(m.subarray(8))
  const offset = at - 8 + 4
  body.writeUInt16BE(body.readUInt16BE(offset) + 1, offset)
  return body
}

/** Zeroes the xid, also that of a message inside. */
function withoutXid(m: Buffer, version: number): string {
  const bytes = Buffer.from(m)
  bytes.writeUInt32BE(0, 4)
  const inside = bytes[1] === BUNDLE.ADD_14 && version > OF13 ? 16 : isExperimenter(m, BUNDLE.ONF, BUNDLE.ADD) ? 24 : 0
  if (inside > 0 && bytes.length >= inside + 8) bytes.writeUInt32BE(0, inside + 4)
  return bytes.toString('hex')
}

function serve(socket: Socket, version: number, kept: string[]): void {
  let pending = Buffer.alloc(0)
  socket.on('error', () => socket.destroy())
  socket.write(header(version, OFPT.HELLO, 1))
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 8 && pending.length >= pending.readUInt16BE(2)) {
      const length = Math.max(8, pending.readUInt16BE(2))
      const m = pending.subarray(0, length)
      pending = pending.subarray(length)
      if (!isAside(m, version)) kept.push(withoutXid(m, version))
      const reply = replyTo(m, version)
      if (reply !== undefined) socket.write(reply)
    }
  })
}

const VERSIONS: Readonly<Record<string, number>> = {
  OpenFlow10: 1,
  OpenFlow11: 2,
  OpenFlow12: 3,
  OpenFlow13: 4,
  OpenFlow14: 5,
  OpenFlow15: 6,
}

/** What follows -O among the arguments; the tool's first choice without it. */
function versionOf(args: readonly string[]): number {
  const at = args.indexOf('-O')
  const version = VERSIONS[at < 0 ? 'OpenFlow10' : (args[at + 1] ?? '')]
  if (version === undefined) throw new TypeError(`no version in ${args.join(' ')}`)
  return version
}

const listen = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject).listen(path, resolve)
  })

/** OPTIONS COMMAND unix:SOCKET INPUT, and the messages that came, in hex. */
function encode(vector: Vector): Promise<Answer> {
  return withScratch(async (directory) => {
    const args = vector.args ?? []
    const version = versionOf(args)
    const kept: string[] = []
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      serve(socket, version, kept)
    })
    const path = join(directory, 'switch')
    await listen(server, path)
    try {
      const { error } = await answerOf([...args, `unix:${path}`, '--', textInput(vector)])
      const output = kept.map((line) => `${line}\n`).join('')
      return error === undefined ? { output } : { output, error }
    } finally {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  })
}

export const ENCODE_KINDS: Kinds = { encode }
