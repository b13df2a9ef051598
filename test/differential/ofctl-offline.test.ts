/** Commands of heddle-ofctl that need no switch, beside the real ovs-ofctl. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alike } from './ofctl-support.js'
import { hasOfctl, withDirectory } from './openflow-support.js'

const PACKETS = [
  '0200000000020200000000010800' + '4500002800000000400666cd0a0000010a000002' + '04d20050000000000000000050020000ae760000',
  'ffffffffffff02000000000188b5',
  'ffffffffffff02000000000181002005' + '08060001080006040001020000000001c0a80001000000000000c0a80002',
  '33330000000102000000000186dd60000000000811ff' +
    'fe80000000000000000000000000000120010db8000000000000000000000005' + '00350036000812ab',
]

/** A capture as tcpdump writes it. */
function capture(packets: readonly string[]): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt32LE(1, 20)
  const records = packets.map((hex) => {
    const packet = Buffer.from(hex, 'hex')
    const record = Buffer.alloc(16)
    record.writeUInt32LE(packet.length, 8)
    record.writeUInt32LE(packet.length, 12)
    return Buffer.concat([record, packet])
  })
  return Buffer.concat([head, ...records])
}

/** Flows with places for numbers, each of which is valid in all its values. */
const MANY_KINDS = [
  'table=<table>,priority=<u16>,in_port=<port>,actions=output:<port>',
  'cookie=<u64>,priority=<u16>,ip,nw_src=<ip>,nw_dst=<ip>/24,actions=mod_dl_dst:<mac>,resubmit(<port>,<table>)',
  'tcp,tp_dst=<u16>,tp_src=<u16>/0xff00,idle_timeout=<u16>,actions=set_field:<u16>->tcp_src,NORMAL',
  'dl_vlan=<vlan>,dl_src=<mac>,actions=mod_vlan_vid:<vlan>,enqueue:<port>:<u16>',
  'dl_vlan=<vlan>,dl_vlan_pcp=3,hard_timeout=<u16>,actions=strip_vlan,output:<port>',
  'vlan_tci=<vlan>/0x0fff,actions=push_vlan:0x8100,set_field:<tagged>->vlan_vid,output:<port>',
  'udp6,ipv6_src=<ip6>,ipv6_dst=<ip6>/64,actions=set_field:<ip6>->ipv6_dst,group:<u16>',
  'arp,arp_tpa=<ip>,arp_spa=<ip>/16,arp_op=1,actions=load:<u32>->NXM_OF_ARP_SPA[],load:<u16>->NXM_NX_REG3[0..15],in_port',
  'metadata=<u64>,reg0=<u32>,reg1=<u32>/0xffff,pkt_mark=<u32>,actions=write_metadata:<u64>,goto_table:<after>',
  'ct_state=+trk-new,ct_mark=<u32>,ct_zone=<u16>,ip,actions=ct(commit,zone=<u16>,table=<table>,nat(dst=<ip>:<dec16>),exec(load:<u32>->NXM_NX_CT_MARK[]))',
  'conj_id=<u32>,ip,actions=conjunction(<u32>,1/2),conjunction(<u32>,2/3)',
  'tun_id=<u64>,tun_src=<ip>,tun_dst=<ip>,actions=set_tunnel:<u32>,set_queue:<u16>,output:<port>',
  'tun_id=<u64>,actions=set_tunnel64:<u64>,clone(mod_dl_src:<mac>,output:<port>)',
  'table=<table>,ip,actions=learn(table=<table>,NXM_OF_ETH_DST[]=NXM_OF_ETH_SRC[],load:<u16>->NXM_NX_REG0[0..15])',
  'icmp6,icmp_type=135,nd_target=<ip6>,actions=check_pkt_larger(<u16>)->NXM_NX_REG0[0],dec_ttl',
  'mpls,mpls_label=<u16>,actions=set_mpls_label:<u16>,output:<port>',
  'nw_proto=<u8>,ip,nw_ttl=<u8>,nw_tos=32,actions=mod_nw_src:<ip>,mod_nw_ttl:<u8>,controller(max_len=<u16>,id=<u16>)',
]

/** Random numbers, always the same, of which some are where something may change. */
class Draw {
  #state = 7

  bits(count: number): bigint {
    let value = 0n
    for (let left = count; left > 0; left -= 16) {
      this.#state = (Math.imul(this.#state, 1664525) + 1013904223) | 0
      value = (value << 16n) | BigInt(this.#state >>> 16)
    }
    const all = (1n << BigInt(count)) - 1n
    const special = [0n, 1n, all, all >> 1n, 1n << BigInt(count - 1), 9n, 10n]
    return (this.#state & 3) === 0 ? (special[Number(value % 7n)] ?? 0n) & all : value & all
  }

  readonly #forms: Readonly<Record<string, () => string>> = {
    u8: () => this.bits(8).toString(),
    dec16: () => this.bits(16).toString(),
    u16: () => this.#number(16),
    u32: () => this.#number(32),
    u64: () => this.#number(64),
    table: () => (this.bits(8) % 255n).toString(),
    after: () => (1n + (this.bits(8) % 254n)).toString(),
    vlan: () => this.bits(12).toString(),
    tagged: () => (0x1000n + this.bits(12)).toString(),
    port: () => (1n + (this.bits(16) % 0xfeffn)).toString(),
    ip: () => [this.bits(8), this.bits(8), this.bits(8), this.bits(8)].join('.'),
    mac: () => Array.from({ length: 6 }, () => this.bits(8).toString(16).padStart(2, '0')).join(':'),
    ip6: () => Array.from({ length: 8 }, () => this.bits(16).toString(16)).join(':'),
  }

  #number(count: number): string {
    const value = this.bits(count)
    return (this.#state & 16) === 0 ? value.toString() : `0x${value.toString(16)}`
  }

  line(kind: string): string {
    return kind.replace(/<(\w+)>/g, (_, name: string) => this.#forms[name]?.() ?? '')
  }
}

describe('heddle-ofctl without a switch, beside ovs-ofctl', function () {
  this.timeout(60_000)
  before(function () {
    if (!hasOfctl()) this.skip()
  })

  it('list-commands', async () => {
    await alike('list-commands')
  })

  it('parse-pcap: flows, what cannot be read, and exit codes', () =>
    withDirectory(async (directory) => {
      const at = (name: string, bytes: Buffer): string => {
        writeFileSync(join(directory, name), bytes)
        return join(directory, name)
      }
      const whole = at('whole.pcap', capture(PACKETS))
      const cut = at('cut.pcap', capture(PACKETS).subarray(0, 150))
      const text = at('text.pcap', Buffer.from('no capture at all, though long enough to be one'))
      const short = at('short.pcap', Buffer.from('short'))
      const none = join(directory, 'none.pcap')
      assert.equal((await alike('parse-pcap', whole)).stdout.split('\n').length, PACKETS.length + 1)
      for (const files of [[cut], [text], [short], [none], [none, whole], [whole, text], [text, none], [none, text]]) {
        await alike('parse-pcap', ...files)
      }
      await alike('parse-pcap')
    }))

  it('parse-flows: a format that only the last of many flows rules out, and a wrong line behind it', () =>
    withDirectory(async (directory) => {
      const flows = Array.from({ length: 6000 }, (_, n) => `priority=${n},in_port=${n + 1},actions=output:${n + 2}`)
      const file = (name: string, lines: readonly string[]): string => {
        writeFileSync(join(directory, name), `# flows\n\n${lines.join('\n')}\n`)
        return join(directory, name)
      }
      for (const last of ['table=3,actions=drop', 'reg0=1,actions=drop', 'actions=push_vlan:0x8100']) {
        await alike('parse-flows', file('flows', [...flows, last]))
      }
      await alike('parse-flows', file('wrong', [...flows, 'reg0=1,actions=drop', 'foo=1,actions=drop']))
      await alike('-F', 'OpenFlow10', 'parse-flows', file('none', [...flows, 'reg0=1,actions=drop']))
    }))

  it('parse-flows: many flows that differ in numbers', () =>
    withDirectory(async (directory) => {
      const draw = new Draw()
      const path = join(directory, 'flows')
      for (const kinds of [MANY_KINDS, MANY_KINDS.slice(0, 1), MANY_KINDS.slice(0, 5)]) {
        const lines = Array.from({ length: 400 }).flatMap(() => kinds.map((kind) => draw.line(kind)))
        writeFileSync(path, lines.join('\n'))
        const any = ['-O', 'OpenFlow10,OpenFlow11,OpenFlow12,OpenFlow13,OpenFlow14,OpenFlow15']
        const { stdout } = await alike(...any, 'parse-flows', path)
        assert.equal(stdout.split('\n').length, lines.length + 3)
        for (const format of ['NXM', 'OpenFlow10', 'OXM-OpenFlow13', 'OXM-OpenFlow14', 'OXM-OpenFlow15']) {
          await alike(...any, '-F', format, 'parse-flows', path)
        }
      }
    }))
})
