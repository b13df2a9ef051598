import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { extractFields, formatBytes, HEADER_BYTES } from 'openflow-ts'
import { hasOfctl, ofctl, withDirectory } from './openflow-support.js'

/** The vectors are kept beside the repository. */
const VECTORS = join(import.meta.dirname, '../../../shared/vectors')
const MESSAGES = 3000
const PACKETS = 1500
const VERBOSITY = 2
const FIRST_MARK = 0x5eed0000

/** An echo request between two messages, by whose xid the places of their texts are found. */
function mark(index: number): Buffer {
  const bytes = Buffer.from([1, 2, 0, HEADER_BYTES, 0, 0, 0, 0])
  bytes.writeUInt32BE(FIRST_MARK + index, 4)
  return bytes
}

/** What ovs-ofctl prints of each message: one process for all of them. */
async function printed(messages: readonly Buffer[]): Promise<string[]> {
  const { stdout } = await withDirectory((directory) => {
    const file = join(directory, 'messages')
    writeFileSync(file, Buffer.concat(messages.flatMap((message, i) => [message, mark(i)])))
    return ofctl(['-voff', 'ofp-parse', file])
  })
  let from = 0
  return messages.map((_, i) => {
    const line = `OFPT_ECHO_REQUEST (xid=0x${(FIRST_MARK + i).toString(16)}): 0 bytes of payload\n`
    const end = stdout.indexOf(line, from)
    assert.ok(end >= 0, `ovs-ofctl stopped at message ${i}`)
    const text = stdout.slice(from, end)
    from = end + line.length
    return text
  })
}

interface Vector {
  readonly kind: string
  readonly input: string
}

/** Whole messages of the vectors, by their names, so that rare types are drawn as often as others. */
function messagesByName(): Buffer[][] {
  const byName = new Map<string, Buffer[]>()
  for (const file of readdirSync(VECTORS).filter((name) => name.endsWith('.jsonl'))) {
    for (const line of readFileSync(join(VECTORS, file), 'utf8').split('\n')) {
      if (!line.includes('"ofp-print"') && !line.includes('"ofp-roundtrip"')) continue
      const { kind, input } = JSON.parse(line) as Vector
      if (kind !== 'ofp-print' && kind !== 'ofp-roundtrip') continue
      const bytes = Buffer.from(input.replaceAll(/\s/g, ''), 'hex')
      if (bytes.length < HEADER_BYTES || bytes.length > 1500 || bytes.readUInt16BE(2) !== bytes.length) continue
      const name = formatBytes(bytes).split(' (xid', 1)[0] ?? ''
      byName.set(name, [...(byName.get(name) ?? []), bytes])
    }
  }
  return [...byName.values()]
}

const edit = fc.record({ at: fc.nat(), value: fc.oneof(fc.constantFrom(0, 0xff), fc.nat(0xff)) })

/** Bytes with some of them changed, cut short or with more behind. */
const changed = (original: fc.Arbitrary<Buffer>, keep: number): fc.Arbitrary<Buffer> =>
  fc
    .record({
      original,
      edits: fc.array(edit, { maxLength: 3 }),
      cut: fc.option(fc.nat(), { freq: 4 }),
      more: fc.option(fc.uint8Array({ maxLength: 24 }), { freq: 6 }),
    })
    .map(({ original: from, edits, cut, more }) => {
      const bytes = Buffer.concat([from, more ?? new Uint8Array()])
      for (const { at, value } of edits) {
        if (bytes.length > keep) bytes.writeUInt8(value, keep + (at % (bytes.length - keep)))
      }
      return cut === null ? bytes : bytes.subarray(0, keep + (cut % (bytes.length - keep + 1)))
    })

const withLength = (bytes: Buffer, version?: number | null): Buffer => {
  bytes.writeUInt16BE(bytes.length, 2)
  if (version !== undefined && version !== null) bytes.writeUInt8(version, 0)
  return bytes
}

/** Texts that are not UTF-8 cannot be compared as text, and ovs-ofctl prints a number that is no error as "<invalid>". */
const comparable = (text: string): boolean => !text.includes('\ufffd') && !text.includes('error: <invalid>')

/** Of several faults in one message, which is found first may differ now and then. */
const withoutFault = (text: string): string => text.replaceAll(/error: \w+\*/g, 'error*')
const OTHER_FAULTS = 0.005

async function compare(messages: readonly Buffer[]): Promise<void> {
  const theirs = await printed(messages)
  let otherFaults = 0
  messages.forEach((message, i) => {
    const text = theirs[i] ?? ''
    const own = formatBytes(message, { verbosity: VERBOSITY })
    if (own === text || !comparable(text)) return
    assert.equal(withoutFault(own), withoutFault(text), message.toString('hex'))
    otherFaults++
  })
  assert.ok(otherFaults <= messages.length * OTHER_FAULTS, `${otherFaults} messages are refused for another fault`)
}

/** OFPT_PACKET_IN of OpenFlow 1.0. */
function packetIn(packet: Buffer): Buffer {
  const head = Buffer.alloc(18)
  head.writeUInt8(1, 0)
  head.writeUInt8(10, 1)
  head.writeUInt32BE(0xffffffff, 8)
  head.writeUInt16BE(packet.length, 12)
  return withLength(Buffer.concat([head, packet]))
}

const ETHERNET = 'ffffffffffff000000000001'
const IPV6 = 'fe800000000000000000000000000001ff020000000000000000000000000002'
const TCP = '0050005100000001000000025012 0000abcd0000'
const PACKETS_TO_CHANGE = [
  `${ETHERNET}0800 4500002800000000400600000102030 40a0b0c0d ${TCP}`,
  `${ETHERNET}8100600508004500002800000000400600000102030 40a0b0c0d ${TCP}`,
  `${ETHERNET}88a86005810000070800 4500002800002000400600000102030 40a0b0c0d ${TCP}`,
  `${ETHERNET}88470001003f0002013f4500`,
  `${ETHERNET}08004500001c00000000401100000102030 40a0b0c0d000100020008beef`,
  `${ETHERNET}08004500002000000000408400000102030 40a0b0c0d00010002deadbeef12345678`,
  `${ETHERNET}08004500001c00000000400100000102030 40a0b0c0d080000020008beef`,
  `${ETHERNET}08004500001c00000000400200000102030 40a0b0c0d16000002e0000001`,
  `${ETHERNET}08060001080006040001 0000000000010a0000010000000000000a000002`,
  `${ETHERNET}86dd6ab1234500140640 ${IPV6} ${TCP}`,
  `${ETHERNET}86dd6000000000203aff ${IPV6} 8700000000000000fe80000000000000000000000000000201010a0b0c0d0e0f`,
  `${ETHERNET}86dd60000000001c2cff ${IPV6} 0600000100000001 ${TCP}`,
  `${ETHERNET}86dd6000000000243cff ${IPV6} 06010000000000000000000000000000 ${TCP}`,
  `${ETHERNET}894f0fc60103000001020102030401020304010203040102030 4${ETHERNET}0800`,
  `${ETHERNET}0008aaaa0300000008004500`,
].map((hex) => Buffer.from(hex.replaceAll(' ', ''), 'hex'))

describe('messages and packets, printed beside ovs-ofctl', function () {
  this.timeout(120_000)

  before(function () {
    if (!hasOfctl()) this.skip()
  })

  it('packets, whole and damaged, have the same fields', async () => {
    const packet = changed(fc.constantFrom(...PACKETS_TO_CHANGE), 12)
    const packets = fc.sample(packet, PACKETS)
    assert.ok(packets.some((bytes) => extractFields(bytes).fields.tcp_src === 80))
    await compare([...PACKETS_TO_CHANGE, ...packets].map(packetIn))
  })

  it('damaged messages of all types and versions are the same text, or the same refusal', async function () {
    if (!existsSync(VECTORS)) {
      console.error('SKIPPED: there are no vectors beside the repository')
      this.skip()
    }
    const original = fc.constantFrom(...messagesByName()).chain((same) => fc.constantFrom(...same))
    const message = fc
      .record({ bytes: changed(original, HEADER_BYTES), version: fc.option(fc.nat(7), { freq: 6 }) })
      .map(({ bytes, version }) => withLength(bytes, version))
    await compare(fc.sample(message, MESSAGES))
  })
})
