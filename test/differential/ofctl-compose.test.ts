/** Packets that heddle-ofctl composes, and matches of NXM that it parses, beside the real ovs-ofctl. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { parseExactPacket, TextError } from 'openflow-ts'
import { FIELD_INFOS, type FieldInfo } from '../../src/openflow-ts/src/spec/registry.js'
import { CapturedIo } from '../../tools/heddle-ofctl/io.js'
import { runOfctl } from '../../tools/heddle-ofctl/run.js'
import { alike, alikeWith } from './ofctl-support.js'
import { hasOfctl } from './openflow-support.js'

/** Kinds of packets, each with fields on which others depend. */
const KINDS = [
  ...['ip', 'ipv4', 'ip4', 'icmp', 'tcp', 'udp', 'sctp', 'ipv6', 'ip6', 'icmp6', 'tcp6', 'udp6', 'sctp6'],
  ...['arp', 'rarp', 'arp,arp_op=1', 'arp,arp_op=2', 'mpls', 'mplsm', 'mpls,mpls_bos=1', 'dl_vlan=5,mpls'],
  ...['dl_type=0x894f', 'dl_type=0x1234', 'dl_type=0x05ff', 'dl_type=0x8100', 'dl_type=0x100'],
  ...['ip,nw_proto=2', 'ip,nw_proto=58', 'ip,nw_proto=47', 'ip6,nw_proto=1', 'ip6,nw_proto=2', 'ip6,nw_proto=132'],
  ...['ip6,nw_proto=0', 'ip6,nw_proto=44', 'ip6,nw_proto=60', 'icmp,icmp_type=8', 'icmp6,icmpv6_type=128'],
  ...['icmp6,icmpv6_type=135', 'icmp6,icmpv6_type=136', 'icmp6,icmpv6_type=135,nd_options_type=1'],
  ...['icmp6,icmpv6_type=136,nd_options_type=2', 'icmp6,icmpv6_type=135,nd_reserved=7'],
  ...['ct_state=trk|new,ct_nw_proto=6,ip', 'ct_state=trk|est,ct_nw_proto=6,ip6', 'ct_state=trk|new,arp'],
  ...['packet_type=(1,0x800)', 'packet_type=(1,0x86dd)', 'tun_src=1.2.3.4,tun_dst=5.6.7.8,tcp'],
  ...['tun_ipv6_dst=::1,ip', 'tun_dst=1.1.1.1,tun_erspan_ver=1', 'tun_dst=1.1.1.1,tun_erspan_ver=2'],
]
const BEFORE = ['dl_vlan=5', 'vlan_tci=0x0005', 'vlan_tci=0xb005', 'in_port=7', 'dl_src=00:01:02:03:04:05', 'vlan_vid=0x1009']

/** Fields that are of the packet itself, of which more are drawn than of the others. */
const INNER = FIELD_INFOS.filter((info) => info.prereq !== 'none' && info.prereq !== 'ct')

const NAMED: Readonly<Partial<Record<FieldInfo['format'], readonly string[]>>> = {
  port: ['1', '0', 'LOCAL', '65533', 'ANY', 'IN_PORT', '0xfffffffe'],
  frag: ['no', 'first', 'later', 'yes', 'not_later'],
  ct_state: ['trk', 'new|trk', 'inv|trk', 'est|trk|rpl', '0x21', '+trk'],
  tun_flags: ['oam', '0', '+oam'],
  tcp_flags: ['syn', 'ack', 'syn|ack', 'fin|psh', '0x234', '0', '+syn', '[200]'],
  packet_type: ['(1,0x800)', '(0,0)', '(1,0x86dd)', '(2,5)'],
}

/** Flows in text: most are valid, and in an order that satisfies what fields depend on. */
class Flows {
  #state = 11

  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0
    return (this.#state >>> 8) % limit
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T
  }

  hex(digits: number): string {
    return Array.from({ length: digits }, () => this.below(16).toString(16)).join('')
  }

  readonly #address = {
    ethernet: (): string => Array.from({ length: 6 }, () => this.hex(2)).join(':'),
    ipv4: (): string => Array.from({ length: 4 }, () => this.below(256)).join('.'),
    ipv6: (): string => Array.from({ length: 8 }, () => this.hex(4)).join(':'),
  }

  #value({ format, bits }: FieldInfo): string {
    const named = NAMED[format]
    if (named !== undefined) return this.pick(named)
    if (format === 'ethernet' || format === 'ipv4' || format === 'ipv6') return this.#address[format]()
    return this.pick(['0', '1', String(this.below(256)), `0x${this.hex(Math.ceil(Math.min(bits, 64) / 4))}`])
  }

  #term(): string {
    const info = this.pick(this.below(6) === 0 ? FIELD_INFOS : INNER)
    return `${this.pick([info.name, ...info.aliases])}=${this.#value(info)}`
  }

  flow(): string {
    const terms = [...(this.below(3) === 0 ? [this.pick(BEFORE)] : []), this.pick(KINDS)]
    for (let tries = this.below(30); tries > 0; tries--) {
      const term = this.#term()
      if (this.below(60) === 0 || isFlow([...terms, term].join(','))) terms.push(term)
    }
    return terms.join(',')
  }

  payload(): string[] {
    return this.below(4) === 0 ? [this.pick(['', '0', '01 02', this.hex(2 * this.below(80)), this.hex(4)])] : []
  }
}

function isFlow(text: string): boolean {
  try {
    parseExactPacket(text)
    return true
  } catch (error) {
    if (error instanceof TextError) return false
    throw error
  }
}

const ODD_FLOWS = [
  ...['', ',,tcp', 'tcp tcp_dst=80', 'tcp,tcp_dst(80)', 'tcp:5,nw_ttl:3', 'tcp, nw_src = 1.2.3.4', 'tcp(', '=', 'tcp,=5'],
  ...['in_port(1),eth(src=00:00:00:00:00:01)', 'eth', 'igmp', 'nsh', 'eth_type(0x0800)', 'dl_vlan=5,dl_type=0x8100'],
  ...['tcp,tcp', 'packet_type=(1,0x800),nw_proto=6,tcp', 'nw_src=1.2.3.4,ip', 'ip,tcp_dst=5', 'vlan_pcp=2,ip'],
  ...['tcp,tcp_dst=1,tcp_dst=2', 'tcp,tcp_dst=0,tcp_dst=2', 'reg3=4,xxreg0=5', 'in_port=1,in_port_oxm=2'],
  ...['tcp,tcp_dst', 'tcp,tcp_dst=', 'tcp,tcp_dst=0x50/0xff', 'ip,nw_src=1.2.3.0/24', 'ip,nw_src=*', 'tcp,reg0[0..3]=5'],
  ...['tcp,tcp_flags=+syn', 'tcp,tcp_flags=0x10/0xfff', 'tcp,tcp_flags=0x10/0xffff', 'vlan_tci=0x1005/0xffff,ip'],
  ...['dl_vlan=0xffff,ip', 'dl_vlan=4096', 'dl_vlan_pcp=8', 'mpls,mpls_label=0x100000', 'mpls,mpls_tc=9', 'arp,arp_op=256'],
  ...['ip,nw_tos=3', 'ip,nw_tos=256', 'ip,ip_dscp=64', 'ip,nw_ecn=4', 'ip6,ipv6_label=0x100000', 'ip,nw_src=1.2.3'],
  ...['in_port=0', 'in_port=ANY', 'in_port=eth0', 'in_port=70000', 'priority=5', 'actions=drop', 'tun_metadata0=*'],
]

const SECONDS_AT = 24
const MICROSECONDS_AT = 28
const TIME_BYTES = 8

/** A capture without the time of its packet, which is a plausible one. */
function withoutTime(capture: Buffer): Buffer {
  assert.ok(Math.abs(capture.readUInt32LE(SECONDS_AT) - Date.now() / 1000) < 600)
  assert.ok(capture.readUInt32LE(MICROSECONDS_AT) < 1e6)
  return Buffer.from(capture).fill(0, SECONDS_AT, SECONDS_AT + TIME_BYTES)
}

/** Keeps bytes that are no text. */
class CaptureIo extends CapturedIo {
  readonly captures: Buffer[] = []

  override outBytes(bytes: Buffer): void {
    this.captures.push(bytes)
  }
}

describe('heddle-ofctl compose-packet and parse-nxm, beside ovs-ofctl', function () {
  this.timeout(60_000)
  before(function () {
    if (!hasOfctl()) this.skip()
  })

  it('compose-packet: random flows', async () => {
    const flows = new Flows()
    const counts = { whole: 0, different: 0, refused: 0 }
    for (let n = 0; n < 600; n++) {
      const { stdout, code } = await alike('compose-packet', flows.flow(), ...flows.payload())
      counts[code === 0 ? 'whole' : stdout === '' ? 'refused' : 'different']++
    }
    assert.ok(counts.whole > 100 && counts.different > 100 && counts.refused > 20, JSON.stringify(counts))
  })

  it('compose-packet: every kind alone, with tags and without payload', async () => {
    for (const kind of KINDS) {
      for (const flow of [kind, `dl_vlan=5,dl_vlan_pcp=3,${kind}`]) {
        await alike('compose-packet', flow)
        await alike('compose-packet', flow, '')
      }
    }
  })

  it('compose-packet: odd flows, and what is wrong with them', async () => {
    for (const flow of ODD_FLOWS) await alike('compose-packet', flow)
    for (const args of [[], ['tcp', '1'], ['tcp', 'zz'], ['tcp', '01 02 '], ['tcp', '01', '02']]) {
      await alike('compose-packet', ...args)
    }
  })

  it('compose-packet: a checksum of UDP that would be 0 says so otherwise', async () => {
    const { stdout } = await alike('compose-packet', 'udp', 'ffda')
    assert.match(stdout, /ff ff ff da\n$/)
    for (const [flow, payload] of [['tcp', 'afe5'], ['udp6', 'ffda'], ['icmp', 'f7ff'], ['icmp,icmp_type=8', 'f7ff']]) {
      await alike('compose-packet', flow ?? '', payload ?? '')
    }
  })

  it('compose-packet: a payload longer than lengths can say', async () => {
    for (const flow of ['udp', 'tcp', 'udp6', 'icmp']) await alike('compose-packet', flow, '5a'.repeat(0x8000))
    for (const flow of ['udp', 'tcp', 'udp6']) await alike('compose-packet', flow, '5a'.repeat(0xfff5))
  })

  it('compose-packet --pcap', async () => {
    for (const flow of ['udp', 'arp', 'dl_type=0x0102', 'reg0=1,ip', '']) {
      const args = ['--pcap', 'compose-packet', flow, 'fffe00']
      const io = new CaptureIo()
      const code = await runOfctl(args, io)
      const { stdout, stderr, status } = spawnSync('ovs-ofctl', args)
      assert.deepEqual([code, io.stderr], [status, stderr.toString()])
      assert.deepEqual(io.captures.map(withoutTime), [withoutTime(stdout)])
    }
  })

  it('parse-nxm, by either name', async () => {
    const input = [
      ...['# a comment', '', '  # another', 'NXM_OF_IN_PORT(0001)', '<any>', 'NXM_OF_IP_SRC(01020304)', '00000004(11)'],
      ...['NXM_OF_ETH_TYPE(0800), NXM_OF_IP_SRC(01020304) # with an end', 'NXM_NX_REG0_W(00000001/000000ff)'],
      ...['NXM_NX_COOKIE(0000000000000001)', 'NXM_OF_ETH_TYPE(0800) NXM_OF_IP_DST_W(0a000001/ff000000)'],
    ].join('\n')
    for (const name of ['parse-nxm', 'parse-nx-match']) {
      for (const options of [[], ['-m'], ['--strict'], ['-m', '--strict'], ['-O', 'OpenFlow13']]) {
        await alikeWith(`${input}\n`, ...options, name)
        await alikeWith(input, ...options, name)
      }
      for (const wrong of ['foo', 'NXM_OF_VLAN_TCI(zz)', 'NXM_NX_COOKIE(1)', 'NXM_OF_IP_SRC(01020304']) {
        await alikeWith(`NXM_OF_IN_PORT(0001)\n${wrong}\nNXM_OF_IN_PORT(0002)\n`, name)
      }
      await alikeWith('', name, 'argument')
    }
  })
})
