/** Deterministic numbers, so that every run measures the same flows (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x100000000
  }
}

const hex = (value: number): string => `0x${value.toString(16)}`
const ip = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.')
const mac = (value: number): string =>
  `02:48:${[24, 16, 8, 0].map((shift) => ((value >>> shift) & 255).toString(16).padStart(2, '0')).join(':')}`

/** What a flow is made of: its number, and numbers below a limit, drawn anew each time. */
type Maker = (n: number, below: (limit: number) => number) => string

const address = (n: number): string => ip(0x0a000000 + n)
const owner = (n: number): string => mac(0x0a000000 + n)
const ofport = (n: number): number => 16 + (n % 60_000)

/** Flows as the pipelines of container clouds have them. */
const MAKERS: readonly Maker[] = [
  function route(n, below) {
    const tenant = `metadata=${hex(below(1000) + 1)}00000000/0xffffffff00000000`
    const match = `ip,${tenant},reg1=${hex(below(256))},nw_src=10.${below(256)}.0.0/16,nw_dst=${address(n)}/32`
    const rewrite = `set_field:${hex(below(65536))}->tun_id,set_field:${owner(n)}->eth_dst,dec_ttl`
    return `table=40,priority=${100 + below(28)},${match} actions=${rewrite},resubmit(,60)`
  },
  function deliver(n, below) {
    const port = `load:${hex(below(4000))}->NXM_NX_REG15[0..15],output:${ofport(n)}`
    return `table=60,priority=100,metadata=${hex(below(1000) + 1)},dl_dst=${owner(n)} actions=${port}`
  },
  function classify(n, below) {
    const actions = `set_field:${hex(below(1000) + 1)}->metadata,load:${hex(n)}->NXM_NX_REG14[],goto_table:10`
    return `table=0,priority=200,in_port=${ofport(n)},dl_src=${owner(n)} actions=${actions}`
  },
  function arpReply(n, below) {
    const ethernet = `move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[],mod_dl_src:${owner(n)},load:0x2->NXM_OF_ARP_OP[]`
    const arp = `move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[],load:${hex(0x0a000000 + n)}->NXM_OF_ARP_SPA[]`
    const match = `arp,metadata=${hex(below(1000) + 1)},arp_tpa=${address(n)},arp_op=1`
    return `table=20,priority=150,${match} actions=${ethernet},${arp},in_port`
  },
  function balance(n, below) {
    const match = `ct_state=+trk+new-est,tcp,reg2=${hex(n)},nw_dst=${address(n)},tp_dst=${1 + below(65535)}`
    const nat = `nat(dst=${ip(0xac100000 + below(65536))}:8080),exec(set_field:0x1->ct_mark)`
    return `table=30,priority=${300 + below(64)},${match} actions=ct(commit,table=31,zone=NXM_NX_REG6[0..15],${nat})`
  },
  function policy(n, below) {
    const source = `ipv6_src=2001:db8::${(n & 0xffff).toString(16)}/128,tp_src=${hex(1024 * below(64))}/0xfc00`
    const match = `udp6,reg3=${hex(n & 0xffffff)}/0xffffff,${source}`
    return `table=45,priority=${2000 + below(100)},${match} actions=conjunction(${n + 1},1/2)`
  },
]

/** Lines for add-flows: all kinds in equal parts, each flow different. */
export function flowLines(count: number): string[] {
  const next = random(1)
  const below = (limit: number): number => Math.floor(next() * limit)
  return Array.from({ length: count }, (_, n) => {
    const make = MAKERS[n % MAKERS.length]
    return make === undefined ? '' : `cookie=${hex(0x486500000000 + n)},${make(n, below)}`
  })
}
