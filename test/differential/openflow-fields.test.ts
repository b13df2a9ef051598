import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fc from 'fast-check'
import {
  DecodeError,
  decodeMatch,
  encodeMatch,
  formatMatch,
  type Match,
  OF10,
  OF12,
  OF13,
  OF14,
  OF15,
  type OfVersion,
  parseFlowFor,
  protocolsToString,
  Reader,
  readMatchFields,
  TextError,
  VERSION_NAMES,
  writeMatchFields,
  Writer,
} from 'openflow-ts'
import { hasConsistentCtAddresses } from '../../src/openflow-ts/src/match/terms.js'
import { FIELD_INFOS, type FieldInfo, fieldInfo } from '../../src/openflow-ts/src/spec/registry.js'
import { CapturedIo } from '../../tools/heddle-ofctl/io.js'
import { runOfctl } from '../../tools/heddle-ofctl/run.js'
import { addFlowHex, bytesSent, hasOfctl, ofctl } from './openflow-support.js'

const hexDigits = (digits: number): fc.Arbitrary<string> =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: digits })
    .map((all) => all.map((digit) => digit.toString(16)).join(''))

/** Numbers as text: of all sizes, a few of them too large or none at all. */
const number = (bytes: number): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: hexDigits(bytes * 2).map((digits) => `0x${digits}`) },
    { weight: 4, arbitrary: fc.integer({ min: 0, max: bytes === 1 ? 255 : 65535 }).map(String) },
    { weight: 1, arbitrary: hexDigits(bytes * 2 + 1).map((digits) => `0x${digits}`) },
    { weight: 1, arbitrary: fc.constantFrom('0x', '-1', '070', '08', '1x', '', '*', '0X1f', '99999999999999999999') },
  )

const mac = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: 6, maxLength: 6 })
  .map((bytes) => bytes.map((byte) => byte.toString(16)).join(':'))
const ipv4 = fc
  .array(fc.integer({ min: 0, max: 258 }), { minLength: 4, maxLength: 4 })
  .map((bytes) => bytes.join('.'))
const ipv6 = fc.oneof(
  fc.ipV6(),
  fc.constantFrom('::', '::1', 'fe80::1:2', '::ffff:1.2.3.4', '1::2::3', '::1.2.3', 'ffff:ffff::', '::12345', ':1'),
)
const flagNames: Readonly<Record<string, readonly string[]>> = {
  ct_state: ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat', 'foo'],
  tcp_flags: ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns', '[200]', '[800]', 'SYN'],
  tun_flags: ['oam', 'csum'],
}
const flags = (names: readonly string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .array(fc.tuple(fc.constantFrom('+', '-'), fc.constantFrom(...names)), { minLength: 1, maxLength: 4 })
      .map((all) => all.map(([sign, name]) => sign + name).join('')),
    fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 3 }).map((all) => all.join('|')),
    number(1),
    fc.tuple(number(1), number(1)).map(([value, mask]) => `${value}/${mask}`),
  )

const withMask = (value: fc.Arbitrary<string>, mask: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(value, fc.tuple(value, mask).map(([v, m]) => `${v}/${m}`))

const prefix = (bits: number): fc.Arbitrary<string> => fc.integer({ min: 0, max: bits + 1 }).map(String)

const TEXTS: Readonly<Record<FieldInfo['format'], (info: FieldInfo) => fc.Arbitrary<string>>> = {
  decimal: (info) => withMask(number(info.bytes), number(info.bytes)),
  hexadecimal: (info) => withMask(number(Math.min(info.bytes, 24)), number(Math.min(info.bytes, 24))),
  ethernet: () => withMask(mac, mac),
  ipv4: () => withMask(ipv4, fc.oneof(ipv4, prefix(32))),
  ipv6: () => withMask(ipv6, fc.oneof(ipv6, prefix(128))),
  port: () => fc.oneof(number(2), fc.constantFrom('LOCAL', 'in_port', 'any', '65534', '65280', '4294967294', 'x')),
  frag: () => fc.constantFrom('no', 'yes', 'first', 'later', 'not_later', 'LATER', 'not_first', '1', '*'),
  ct_state: () => flags(flagNames['ct_state'] ?? []),
  tcp_flags: () => flags(flagNames['tcp_flags'] ?? []),
  tun_flags: () => flags(flagNames['tun_flags'] ?? []),
  packet_type: () => fc.tuple(number(1), number(2)).map(([ns, type]) => `(${ns},${type})`),
}

/** `field=value` of any field, valid or not. */
const anyTerm = fc.constantFrom(...FIELD_INFOS).chain((info) => {
  const name = fc.constantFrom(info.name, ...info.aliases)
  const whole = fc.tuple(name, TEXTS[info.format](info)).map(([key, value]) => `${key}=${value}`)
  const bits = fc
    .tuple(name, fc.integer({ min: 0, max: info.bits + 1 }), fc.integer({ min: 0, max: 20 }), number(2))
    .map(([key, from, more, value]) => `${key}[${from}..${Math.min(from + more, info.bits)}]=${value}`)
  return fc.oneof({ weight: 8, arbitrary: whole }, { weight: 1, arbitrary: bits })
})

const protocol = fc.constantFrom(
  ...['ip', 'ipv6', 'tcp', 'tcp6', 'udp', 'sctp6', 'icmp', 'arp', 'rarp', 'mpls', 'mplsm', 'eth', 'dl_type=0x894f'],
  ...['icmp6', 'icmp6,icmpv6_type=135,icmpv6_code=0', 'icmp6,icmp_type=136', 'ip,nw_proto=2', 'packet_type=(1,0x800)'],
  ...['ct_state=+trk-inv', 'ct_state=+est', 'ip,ct_state=+new,ct_nw_proto=6', 'recirc_id=3', 'tcp,ip_frag=later'],
)

const matchTexts = fc
  .tuple(fc.array(protocol, { maxLength: 1 }), fc.array(anyTerm, { minLength: 1, maxLength: 4 }))
  .chain(([first, terms]) => fc.shuffledSubarray([...first, ...terms], { minLength: first.length + terms.length }))
  .map((parts) => parts.join(','))

/** Lines of ovs-ofctl that are no log. */
const withoutLog = (text: string): string =>
  text
    .split('\n')
    .filter((line) => !/^\d{4}-\d\d-\d\dT/.test(line))
    .join('\n')

const READ_WIDTH = 4

/** Calls `one` with each item, some at a time. */
async function eachOf<T>(items: readonly T[], one: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await one(item)
  }
  await Promise.all(Array.from({ length: READ_WIDTH }, worker))
}

/** The match, unless flow-mods with it are refused. */
function checked(match: Match): Match {
  if (hasConsistentCtAddresses(match)) return match
  throw new DecodeError('connections of another IP version', { offset: 0, reply: 'OFPBAC_MATCH_INCONSISTENT' })
}

/** What becomes of a match in NXM, as ovs-ofctl prints a flow-mod that it sent. */
function afterNxm(text: string): string {
  const { match } = parseFlowFor('add', text)
  const w = new Writer()
  writeMatchFields(w, match, OF10)
  try {
    return `ADD ${formatMatch(checked(readMatchFields(new Reader(w.take()))))}`.trimEnd()
  } catch (error) {
    if (error instanceof DecodeError) return `***decode error: ${error.reply}***`
    throw error
  }
}

describe('random matches, beside ovs-ofctl', function () {
  this.timeout(240_000)
  before(function () {
    if (!hasOfctl()) this.skip()
  })

  it('in text: the same errors, usable flow formats, and matches after the wire', async () => {
    const texts = fc.sample(matchTexts, 600).map((text) => `${text},actions=drop`)
    await eachOf(texts, async (text) => {
      const { stdout, stderr } = await ofctl(['-F', 'nxm', 'parse-flow', text])
      const complaint = withoutLog(stderr).replace(/\n$/, '')
      let ours: string
      try {
        ours = protocolsToString(parseFlowFor('add', text).usable)
      } catch (error) {
        if (!(error instanceof TextError)) throw error
        assert.equal(`ovs-ofctl: ${error.message}`, complaint, text)
        return
      }
      const [usable = '', , message = ''] = stdout.split('\n')
      // Formats that were not allowed are found out only after the text has been understood.
      if (/no usable protocol|none of the usable/.test(complaint)) return
      assert.equal(complaint, '', text)
      assert.equal(`usable protocols: ${ours}`, usable, text)
      const printed = message.replace(/^NXT_FLOW_MOD \(xid=0x[0-9a-f]+\): /, '').replace(/ ?actions=drop$/, '')
      assert.equal(afterNxm(text), printed.trimEnd(), text)
    })
  })

  for (const version of [OF12, OF13, OF14, OF15] as const) {
    it(`in text: the same bytes in ${VERSION_NAMES[version]}`, async () => {
      const accepted = fc.sample(matchTexts, 3000).filter((text) => {
        try {
          return (parseFlowFor('add', `${text},actions=drop`).usable & (1 << (version + 2))) !== 0
        } catch {
          return false
        }
      })
      const texts = accepted.map((text) => `${text},actions=drop`)
      const { sent, stderr } = await bytesSent(version, texts)
      assert.equal(withoutLog(stderr), '', texts[Number(/flows:(\d+)/.exec(stderr)?.[1]) - 1])
      texts.forEach((text, i) => { assert.equal(addFlowHex(parseFlowFor('add', text), version), sent[i], text) })
    })
  }
})

/** One TLV, mostly of a known field, with random bytes. */
const tlv = fc.constantFrom(...FIELD_INFOS.flatMap((info) => info.allIds)).chain((id) => {
  const size = fc.oneof(
    { weight: 12, arbitrary: fc.constant(id.bytes) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 20 }) },
  )
  const bytes = id.info.variableLength ? fc.integer({ min: 0, max: 30 }) : size
  return fc
    .tuple(bytes, fc.boolean(), fc.infiniteStream(byteOf(id.info)), fc.infiniteStream(fc.constantFrom(0, 255, 255, 15)))
    .map(([length, masked, values, masks]) => {
      const value = Buffer.from(Array.from({ length }, () => Number(values.next().value)))
      const mask = Buffer.from(Array.from({ length }, () => Number(masks.next().value)))
      // Values have mostly no bits outside their masks.
      if (masked && value.length % 7 !== 3) value.forEach((byte, i) => (value[i] = byte & (mask[i] ?? 0)))
      const extra = id.oxmClass === 0xffff ? 4 : 0
      const head = Buffer.alloc(4 + extra)
      head.writeUInt16BE(id.oxmClass)
      head.writeUInt8((id.number << 1) | (masked ? 1 : 0), 2)
      head.writeUInt8((length * (masked ? 2 : 1) + extra) & 0xff, 3)
      if (extra > 0) head.writeUInt32BE(id.experimenter, 4)
      return Buffer.concat([head, value, ...(masked ? [mask] : [])]).toString('hex')
    })
})

/** Bytes that values of a field may well have. */
const byteOf = (info: FieldInfo): fc.Arbitrary<number> =>
  info.bytes <= 2 ? fc.constantFrom(0, 0, 0, 1, 2, 3, 6, 15) : fc.constantFrom(0, 0, 1, 16, 255)

const exact = (name: FieldInfo['name'], value: string): string => {
  const id = fieldInfo(name).allIds[0]
  return id === undefined ? '' : `${id.exactHeader.toString(16).padStart(8, '0')}${value}`
}

const BASES = [
  '',
  exact('eth_type', '0800'),
  exact('eth_type', '86dd'),
  exact('eth_type', '0806'),
  exact('eth_type', '8847'),
  exact('eth_type', '894f'),
  exact('eth_type', '0800') + exact('nw_proto', '06'),
  exact('eth_type', '0800') + exact('nw_proto', '01'),
  exact('eth_type', '86dd') + exact('nw_proto', '11'),
  exact('eth_type', '86dd') + exact('nw_proto', '3a') + exact('icmpv6_type', '87') + exact('icmpv6_code', '00'),
  exact('eth_type', '86dd') + exact('nw_proto', '3a') + exact('icmpv6_type', '88'),
  exact('vlan_vid', '1005'),
  exact('ct_state', '00000021'),
  exact('packet_type', '00010800'),
]

const tlvs = fc
  .tuple(fc.constantFrom(...BASES), fc.array(tlv, { maxLength: 3 }))
  .map(([base, list]) => base + list.join(''))

/** A flow-mod of OpenFlow 1.3 whose match has these fields. */
function flowModHex(fields: string, version: OfVersion): string {
  const length = 4 + fields.length / 2
  const match = `0001${length.toString(16).padStart(4, '0')}${fields}${'00'.repeat((8 - (length % 8)) % 8)}`
  const body = `${'00'.repeat(24)}0000000000008000${'ff'.repeat(12)}00000000${match}`.slice(16)
  const total = (8 + body.length / 2).toString(16).padStart(4, '0')
  return `${version.toString(16).padStart(2, '0')}0e${total}00000000${body}`
}

/** What ovs-ofctl says of lines on its standard input. */
function piped(args: readonly string[], input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('ovs-ofctl', args)
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', reject)
    child.on('close', () => { resolve(output) })
    child.stdin.end(input)
  })
}

describe('random TLVs of matches, beside ovs-ofctl', function () {
  this.timeout(120_000)
  before(function () {
    if (!hasOfctl()) this.skip()
  })

  it('are printed, or refused, alike', async () => {
    for (const version of [OF13, OF15] as const) {
      const fields = fc.sample(tlvs, 400).filter((hex) => hex.length < 1000)
      await eachOf(fields, async (hex) => {
        const { stdout } = await ofctl(['ofp-print', flowModHex(hex, version)])
        const theirs = /decode error: (\w+)/.exec(stdout)?.[1] ?? stdout.split('\n')[0]?.replace(/^.*ADD ?/, '')
        assert.equal(printed(hex, version), theirs?.replace(/ ?actions=drop$/, ''), hex)
      })
    }
  })

  for (const strict of [true, false]) {
    it(`go through parse-nx-match and parse-oxm alike, ${strict ? 'strictly' : 'loosely'}`, async () => {
      const options = strict ? ['--strict'] : []
      const lines = fc.sample(tlvs, 1500).map(asText).filter((line) => line !== '')
      const input = `${lines.join('\n')}\n`
      for (const command of [['parse-nx-match'], ['parse-oxm', 'OpenFlow12'], ['parse-oxm', 'OpenFlow15']]) {
        const io = new CapturedIo(input)
        await runOfctl([...options, ...command], io)
        assert.equal(io.stderr, '')
        const theirs = (await piped([...options, ...command], input)).split('\n')
        io.stdout.split('\n').forEach((line, i) => { assert.equal(line, theirs[i], `${command.join(' ')}: ${lines[i]}`) })
      }
    })
  }
})

function printed(hex: string, version: OfVersion): string {
  const w = new Writer()
  w.bytes(Buffer.from(flowModHex(hex, version).slice(96), 'hex'))
  try {
    return formatMatch(checked(decodeMatch(new Reader(w.take()), version)))
  } catch (error) {
    if (error instanceof DecodeError) return error.reply
    throw error
  }
}

/** TLVs as parse-nx-match takes them, by their headers in hex; empty where a length does not fit its field. */
function asText(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  const parts: string[] = []
  for (let at = 0; at < bytes.length; ) {
    const experimenter = bytes.readUInt16BE(at) === 0xffff
    const head = experimenter ? 8 : 4
    const length = (bytes[at + 3] ?? 0) - (experimenter ? 4 : 0)
    const masked = ((bytes[at + 2] ?? 0) & 1) !== 0
    const payload = bytes.toString('hex', at + head, at + head + length)
    const half = masked ? payload.length / 2 : payload.length
    const value = masked ? `${payload.slice(0, half)}/${payload.slice(half)}` : payload
    if (half === 0) return ''
    parts.push(`${bytes.toString('hex', at, at + head)}(${value})`)
    at += head + length
  }
  return parts.join(', ')
}

describe('a match that is written again', () => {
  const written = (match: Match): Buffer => {
    const w = new Writer()
    encodeMatch(w, match, OF13)
    return w.take()
  }

  it('makes the same bytes', () => {
    fc.assert(
      fc.property(tlvs, (hex) => {
        try {
          const bytes = written(readMatchFields(new Reader(Buffer.from(hex, 'hex'))))
          assert.deepEqual(written(decodeMatch(new Reader(bytes), OF13)), bytes)
        } catch (error) {
          // OXM cannot say all that NXM can of a VLAN tag.
          if (!(error instanceof DecodeError)) throw error
        }
      }),
      { numRuns: 3000 },
    )
  })
})
