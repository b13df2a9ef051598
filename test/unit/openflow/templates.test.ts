import assert from 'node:assert/strict'
import fc from 'fast-check'
import {
  ByteSink,
  decodeMessage,
  encodeMessage,
  type Flow,
  FlowModPrinter,
  flowModOf,
  FlowStatsPrinter,
  formatBytes,
  formatFlow,
  freeOf,
  type Message,
  OF10,
  OF13,
  OF14,
  OF15,
  OpenFlowError,
  parseFlowFor,
  PROTOCOLS,
  type Protocols,
  TemplateLines,
  versionOfProtocol,
} from 'openflow-ts'
import { TEXT_FORMS } from '../../../src/openflow-ts/src/templates/text-forms.js'
import { toWords, wide } from '../../../src/openflow-ts/src/templates/wide.js'
import { flowsOf, matches } from './arbitrary.js'

const RUNS = Number(process.env['HEDDLE_RUNS'] ?? 30)

/** Everything is learnt at once. */
const EAGER = { few: 0, often: 1, atOnce: 1e9, most: 1e9 }

const flows = flowsOf(matches(), { table: 254, cookie: 0xffffffffffffffffn })

/** Numbers at which something may change. */
const EDGES = [
  0n, 1n, 9n, 10n, 0x7fn, 0xffn, 0x100n, 0x7fffn, 0x8000n, 0xfeffn, 0xff00n, 0xfff8n, 0xffffn, 0x10000n, 0x7fffffffn,
  0x80000000n, 0xfffffeffn, 0xffffff00n, 0xfffffffdn, 0xffffffffn, 0x100000000n, 0xffffffffffffn, 1n << 53n,
  0x8000000000000000n, 0xffffffffffffffffn,
]
const numbers = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt({ min: 0n, max: 0xffffffffffffffffn }), fc.bigInt({ min: 0n, max: 300n }))

const hex2 = (byte: bigint): string => (byte & 0xffn).toString(16).padStart(2, '0')

const tokens = /[0-9a-f]{2}(?::[0-9a-f]{2}){5}|\d+(?:\.\d+){3}|0x[0-9a-f]+|(?<=[=:,(/> ])\d+(?![.\w:])/g

/** A number instead of another, no longer than that unless it is to be wild. */
interface Change {
  readonly value: bigint
  readonly isWild: boolean
}

/** The text with other numbers and addresses of the same kinds in some places. */
function vary(line: string, draw: () => Change | undefined): string {
  return line.replace(tokens, (found) => {
    const change = draw()
    if (change === undefined) return found
    const { value, isWild } = change
    if (found.includes(':')) return [40n, 32n, 24n, 16n, 8n, 0n].map((shift) => hex2(value >> shift)).join(':')
    if (found.includes('.')) return [24n, 16n, 8n, 0n].map((shift) => ((value >> shift) & 0xffn).toString()).join('.')
    const own = isWild ? value : value & ((1n << BigInt(BigInt(found).toString(2).length)) - 1n)
    return found.startsWith('0x') ? `0x${own.toString(16)}` : own.toString()
  })
}

const MOST_VARIED = 16
const exactly = { minLength: MOST_VARIED, maxLength: MOST_VARIED }
const changes: fc.Arbitrary<Change> = fc.record({ value: numbers, isWild: fc.integer({ min: 0, max: 9 }).map((n) => n === 0) })

const maybe = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: changes })

/** A flow's text, and some that differ in a few of its numbers. */
const families = fc
  .tuple(
    flows,
    fc.array(fc.array(maybe, exactly), { minLength: 3, maxLength: 8 }),
  )
  .map(([flow, choices]) => {
    const line = formatFlow(flow)
    const others = choices.map((own) => {
      let i = 0
      return vary(line, () => own[i++ % MOST_VARIED])
    })
    return [line, line, ...others]
  })

/** Bytes, formats or the error of a line. */
type Outcome = { readonly bytes: string; readonly usable: Protocols; readonly text: string } | { readonly error: string }

function outcome(work: () => { bytes: Buffer; usable: Protocols; text: string }): Outcome {
  try {
    const { bytes, usable, text } = work()
    return { bytes: bytes.toString('hex'), usable, text }
  } catch (error) {
    if (!(error instanceof OpenFlowError)) throw error
    return { error: error.message }
  }
}

class Pair {
  readonly #protocol: Protocols
  readonly #lines: TemplateLines
  readonly #printer = new FlowModPrinter({}, EAGER)
  #slow = 0
  #xid = 0

  constructor(protocol: Protocols) {
    this.#protocol = protocol
    this.#lines = new TemplateLines(
      {
        assemble: (line) => {
          this.#slow++
          return this.#assemble(line)
        },
        encode: (message, xid) => this.#encode(message, xid),
        free: freeOf,
      },
      EAGER,
    )
  }

  #assemble(line: string): { message: Message; usable: Protocols } {
    const flow = parseFlowFor('add', line)
    return { message: flowModOf('add', flow, this.#protocol), usable: flow.usable }
  }

  #encode(message: Message, xid: number): Buffer {
    return encodeMessage(message, versionOfProtocol(this.#protocol), xid)
  }

  /** Compares a line with what the parser, the encoder and the printer say. True when a template was there for it. */
  check(line: string): boolean {
    const xid = ++this.#xid
    const before = this.#slow
    const source = Buffer.from(`\n${line}\n`)
    const fast = outcome(() => {
      const message = new ByteSink(16)
      const usable = this.#lines.append(source, 1, source.length - 1, message, xid)
      const text = new ByteSink(16)
      this.#printer.print(message.bytes, 0, message.length, text)
      return { bytes: message.view(), usable, text: text.view().toString() }
    })
    const isFast = this.#slow === before
    const slow = outcome(() => {
      const { message, usable } = this.#assemble(line)
      const bytes = this.#encode(message, xid)
      return { bytes, usable, text: formatBytes(bytes) }
    })
    assert.deepEqual(fast, slow, line)
    return isFast
  }
}

const FORMATS = {
  'OpenFlow 1.0': PROTOCOLS.OF10_STD_TID,
  NXM: PROTOCOLS.OF10_NXM_TID,
  'OpenFlow 1.3': PROTOCOLS.OF13_OXM,
  'OpenFlow 1.4': PROTOCOLS.OF14_OXM,
  'OpenFlow 1.5': PROTOCOLS.OF15_OXM,
}

/** Flows of which one number is drawn. */
const ONE_NUMBER = [
  'cookie=X,actions=drop', 'table=X,actions=drop', 'priority=X,actions=drop', 'idle_timeout=X,actions=drop',
  'in_port=X,actions=drop', 'dl_vlan=X,actions=drop', 'vlan_tci=X/0xfff,actions=drop', 'metadata=X/0xffff0,actions=drop',
  'ipv6,ipv6_label=X,actions=drop', 'ipv6,ipv6_label=X/0xff0ff,actions=drop', 'ip,nw_ttl=X,actions=drop',
  'ip,nw_tos=X,actions=drop', 'ip,nw_proto=X,actions=drop', 'arp,arp_op=X,actions=drop', 'icmp,icmp_type=X,actions=drop',
  'tcp,tcp_dst=X/0xff00,actions=drop', 'tcp,tcp_flags=X/0x0f,actions=drop', 'mpls,mpls_label=X,actions=drop',
  'nsh,nsh_flags=X/0x3f,actions=drop', 'nsh,nsh_spi=X,actions=drop', 'tun_id=X,actions=drop', 'ct_label=X,actions=drop',
  'conj_id=X,actions=drop', 'dl_type=X,actions=drop', 'tun_metadata0=X,actions=drop', 'ct_zone=X,actions=drop',
  'actions=output:X', 'actions=group:X', 'actions=meter:X', 'actions=set_queue:X', 'actions=enqueue:X:1',
  'actions=resubmit:X', 'actions=resubmit(,X)', 'actions=goto_table:X', 'table=X,actions=goto_table:200',
  'actions=mod_vlan_vid:X', 'actions=push_vlan:0x8100,set_field:X->vlan_vid', 'ip,actions=mod_nw_ttl:X',
  'tcp,actions=mod_tp_dst:X', 'actions=load:X->NXM_NX_REG0[3..14]', 'actions=load:X->OXM_OF_VLAN_VID[0..11]',
  'actions=load:X->NXM_NX_CT_LABEL[0..63]', 'actions=set_field:X->reg3', 'actions=set_field:X/0xff00->reg3',
  'actions=set_tunnel:X', 'actions=set_tunnel64:X', 'actions=write_metadata:X/0xff', 'actions=conjunction(X,1/2)',
  'ip,actions=ct(commit,zone=X)', 'ip,actions=ct(table=X)', 'ip,actions=ct(commit,nat(src=1.2.3.4:X))',
  'ip,actions=ct(commit,exec(set_field:X->ct_mark))', 'actions=clone(output:X)', 'actions=write_actions(output:X)',
  'actions=controller(max_len=X)', 'actions=check_pkt_larger(X)->NXM_NX_REG0[0]', 'mpls,actions=set_mpls_label:X',
]
const NUMBERS = [
  ...EDGES.flatMap((value) => [value.toString(), `0x${value.toString(16)}`]),
  '5', '0x5', '0x12', '4095', '4096', '0123', '0x00', '254', '255', '4294967041', '0xffff0001', '9007199254740993',
  '0x10000000000000005', '99999999999999999999',
]

describe('templates of flow-mods', function () {
  this.timeout(120_000)

  for (const [name, protocol] of Object.entries(FORMATS)) {
    it(`say what the parser, the encoder and the printer say: ${name}`, () => {
      const pair = new Pair(protocol)
      let fast = 0
      fc.assert(
        fc.property(families, (lines) => {
          for (const line of lines) if (pair.check(line)) fast++
        }),
        { numRuns: RUNS },
      )
      assert.ok(fast > RUNS, `${fast} lines by templates`)
    })
  }

  it('know numbers in all their forms, and leave odd ones to the parser', () => {
    const pair = new Pair(PROTOCOLS.OF14_OXM)
    const line = (reg: string, mac: string, ip: string, ip6: string): string =>
      `cookie=1,table=3,udp6,reg0=${reg},dl_src=${mac},ipv6_src=${ip6} actions=load:${reg}->NXM_NX_REG1[],` +
      `mod_dl_dst:${mac},ct(commit,nat(src=${ip6})),set_field:${ip}->tun_dst,output:5`
    const usual = line('7', '02:00:00:00:00:01', '10.0.0.1', '2001:db8::1')
    pair.check(usual)
    assert.ok(pair.check(line('8', 'fe:dc:ba:98:76:54', '10.255.0.1', 'fe80::1:2')))
    assert.ok(!pair.check(line('0x8', 'fe:dc:ba:98:76:54', '10.255.0.1', 'fe80::1:2')), 'another kind of number')
    for (const reg of ['010', '08', '0x', '-1', '+5', '4294967296', '1e3', '99999999999999999999', '5 ', '0X5', '0xfFf']) {
      pair.check(line(reg, '02:00:00:00:00:01', '10.0.0.1', '::'))
    }
    for (const ip of ['10.0.0.256', '10.0.0', '010.0.0.1', '10.0.0.1.1', '1.2.3.4/24', '1.2.3.4 ', '1111.2.3.4']) {
      pair.check(line('7', '02:00:00:00:00:01', ip, '1::'))
    }
    for (const ip6 of ['::', '::1', '1::2::3', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8:9', '::1.2.3.4', '1:2', 'g::', ':1', '12345::']) {
      pair.check(line('7', '02:00:00:00:00:01', '10.0.0.1', ip6))
    }
    for (const mac of ['02:00:00:00:00', '02:00:00:00:00:01:02', '2:0:0:0:0:1', '02-00-00-00-00-01', '02:00:00:00:00:0G']) {
      pair.check(line('7', mac, '10.0.0.1', '::'))
    }
  })

  it('leave what is no text of theirs to the parser', () => {
    const pair = new Pair(PROTOCOLS.OF13_OXM)
    const usual = 'priority=1,in_port=1 actions=output:2'
    pair.check(usual)
    const others = ['', ' ', usual.slice(0, -1), `${usual},`, ` ${usual}`, `${usual} # 1`, `${usual}\r`, `${usual}ä`, usual.replace('=1', '=１')]
    for (const line of others) pair.check(line)
    for (const port of ['0', '65279', '65280', '65534', '65535', '65536', '4294967294', 'LOCAL']) {
      pair.check(`priority=1,in_port=${port} actions=output:2`)
      pair.check(`priority=1,in_port=1 actions=output:${port}`)
    }
  })

  for (const [name, protocol] of Object.entries(FORMATS)) {
    it(`are as exact for every number in them: ${name}`, () => {
      for (const line of ONE_NUMBER) {
        for (const first of ['3', '0xfedcb']) {
          const pair = new Pair(protocol)
          for (const value of [first, first, ...NUMBERS, ...NUMBERS]) pair.check(line.replaceAll('X', value))
        }
      }
    })
  }

  it('are learnt only when there are many messages, and not for ever', () => {
    let slow = 0
    const lines = new TemplateLines({
      assemble(line) {
        slow++
        const flow = parseFlowFor('add', line)
        return { message: flowModOf('add', flow), usable: flow.usable }
      },
      encode: (message, xid) => encodeMessage(message, OF13, xid),
      free: freeOf,
    })
    const add = (line: string): void => {
      lines.append(Buffer.from(line), 0, Buffer.byteLength(line), new ByteSink(), 1)
    }
    const addMany = (count: number): number => {
      slow = 0
      for (let i = 0; i < count; i++) add(`reg0=${i + 20} actions=drop`)
      return slow
    }
    assert.equal(addMany(100), 100)
    assert.ok(addMany(200) < 100, 'the flow is known')
    slow = 0
    // All look different.
    for (let i = 0; i < 5000; i++) add(`reg0=1 actions=note:${i.toString(16).padStart(4, '0')}`)
    assert.ok(slow < 5000 * 1.5, `${slow} lines assembled`)
  })
})

const VERSIONS = [OF10, OF13, OF14, OF15] as const

describe('templates of replies with flows', function () {
  this.timeout(120_000)

  const counters = fc.oneof(fc.constantFrom(0n, 1n, (1n << 53n) - 1n, 1n << 53n, 0xffffffffffffffffn), fc.bigInt({ min: 0n, max: 1n << 40n }))
  const stats = fc.record({
    cookie: numbers,
    priority: fc.oneof(fc.constantFrom(0, 32768, 65535), fc.integer({ min: 0, max: 0xffff })),
    n_packets: counters,
    n_bytes: counters,
    duration_sec: fc.oneof(fc.constantFrom(0, 0xffffffff), fc.integer({ min: 0, max: 1e6 })),
    duration_nsec: fc.oneof(fc.constantFrom(0, 1, 5_000_000, 120_000_000, 999_999_999), fc.integer({ min: 0, max: 999 }).map((ms) => ms * 1_000_000)),
  })

  for (const version of VERSIONS) {
    it(`print what the printer prints, OpenFlow 1.${version - 1}`, () => {
      const printer = new FlowStatsPrinter({}, EAGER)
      fc.assert(
        fc.property(fc.array(flows, { minLength: 1, maxLength: 3 }), fc.array(stats, { minLength: 2, maxLength: 8 }), fc.boolean(), (some, counts, more) => {
          const entries = counts.map((count, i) => ({ ...(some[i % some.length] as Flow), ...count }))
          const message: Message = { type: 'FLOW_STATS_REPLY', entries, more, ...(version === OF10 && { form: 'NXST_FLOW reply' }) }
          let bytes: Buffer
          try {
            bytes = encodeMessage(message, version, 7)
          } catch (error) {
            if (error instanceof OpenFlowError) return
            throw error
          }
          const sink = new ByteSink(16)
          printer.print(bytes, sink)
          assert.equal(sink.view().toString(), formatBytes(bytes))
        }),
        { numRuns: RUNS },
      )
    })
  }

  it('know what is not said of flows, and how long is too long', () => {
    const flow = parseFlowFor('flow', 'reg0=5,actions=output:1')
    const usual = { ...flow, n_packets: 5n, n_bytes: 7n, duration_sec: 20, duration_nsec: 5_000_000, hard_age: 9, idle_age: 3 }
    const printer = new FlowStatsPrinter({}, EAGER)
    const others = [
      usual,
      { ...usual, duration_sec: 9 },
      { ...usual, hard_age: 20 },
      { ...usual, duration_nsec: 1_000_000_001 },
      { ...usual, duration_nsec: 999_999_999 },
      { ...usual, n_packets: 0xffffffffffffffffn },
    ]
    for (const entry of [...others, ...others]) {
      const bytes = encodeMessage({ type: 'FLOW_STATS_REPLY', form: 'NXST_FLOW reply', entries: [entry], more: false }, OF10, 1)
      const sink = new ByteSink(16)
      printer.print(bytes, sink)
      assert.equal(sink.view().toString(), formatBytes(bytes))
    }
  })

  it('print damaged replies, and other messages, as the printer does', () => {
    const printer = new FlowStatsPrinter({}, EAGER)
    const flow = parseFlowFor('flow', 'table=1,tcp,nw_src=10.0.0.1,reg0=5,actions=output:1,load:5->NXM_NX_REG1[]')
    const entry = { ...flow, n_packets: 5n, n_bytes: 7n, duration_sec: 3, duration_nsec: 0 }
    const whole = encodeMessage({ type: 'FLOW_STATS_REPLY', entries: [entry, entry, entry], more: false }, OF14, 1)
    const check = (bytes: Buffer): void => {
      const sink = new ByteSink(16)
      printer.print(bytes, sink)
      assert.equal(sink.view().toString(), formatBytes(bytes))
    }
    check(whole)
    check(encodeMessage({ type: 'FLOW_STATS_REPLY', entries: [], more: true }, OF14, 1))
    check(encodeMessage({ type: 'BARRIER_REPLY' }, OF14, 1))
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.option(fc.nat(whole.length), { freq: 4 }), (at, byte, cut) => {
        const bytes = Buffer.from(whole)
        bytes[at] = byte
        const damaged = cut === null ? bytes : bytes.subarray(0, cut)
        check(damaged)
        if (damaged.length < 8) return
        damaged.writeUInt16BE(damaged.length, 2)
        check(damaged)
      }),
      { numRuns: 10 * RUNS },
    )
  })

  it('show ports by name, and bytes, as the printer does', () => {
    const flow = parseFlowFor('flow', 'in_port=1,actions=output:2')
    const entry = { ...flow, n_packets: 5n, n_bytes: 7n, duration_sec: 3, duration_nsec: 0 }
    const some = (number: number): string | undefined => (number === 3 ? 'three' : undefined)
    for (const context of [{ portName: (port: number) => `p${port}` }, { portName: some }, { tableName: some }, { verbosity: 5 }]) {
      const printer = new FlowStatsPrinter(context, EAGER)
      for (const port of [2, 4, 5, 3, 4]) {
        const actions = [{ type: 'output', port }] as const
        const entries = [{ ...entry, table_id: port, actions }]
        const bytes = encodeMessage({ type: 'FLOW_STATS_REPLY', entries, more: false }, OF14, 1)
        assert.equal(decodeMessage(bytes).type, 'FLOW_STATS_REPLY')
        const sink = new ByteSink(16)
        printer.print(bytes, sink)
        assert.equal(sink.view().toString(), formatBytes(bytes, context))
      }
    }
  })
})

describe('forms of numbers', () => {
  it('are written as the rule says', () => {
    const values = fc.oneof(numbers, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }))
    fc.assert(
      fc.property(fc.constantFrom(...TEXT_FORMS), values, fc.constantFrom(1, 2, 4), (form, value, words) => {
        const own = BigInt.asUintN(32 * words, value)
        const text = form.text(own)
        if (text === undefined) return
        wide.set(toWords(own))
        const sink = new ByteSink(64)
        const isWritten = form.write(sink, words)
        assert.equal(sink.view().toString(), isWritten ? text : '')
        assert.ok(isWritten || words > 2)
      }),
      { numRuns: 20 * RUNS },
    )
  })
})
