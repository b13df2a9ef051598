import type { HashFields } from '../../action/types.js'
import { PORTS } from '../../ports.js'
import type { FieldName } from '../../spec/fields.js'
import { fieldInfo } from '../../spec/registry.js'
import type { ActionOf, Executors, Translation } from '../translation.js'
import { loadBits, reportBits } from './fields.js'
import { outputTo } from './output.js'

const L3 = ['nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst', 'nw_proto'] as const
const L4 = ['tcp_src', 'tcp_dst'] as const

/** What a hash is made of. */
const HASHED: Readonly<Record<HashFields, readonly FieldName[]>> = {
  eth_src: ['eth_src'],
  symmetric_l4: ['eth_src', 'eth_dst', 'vlan_tci', ...L3, ...L4],
  symmetric_l3l4: [...L3, ...L4],
  'symmetric_l3l4+udp': [...L3, ...L4],
  symmetric_l3: ['nw_src', 'nw_dst', 'ipv6_src', 'ipv6_dst'],
  nw_src: ['nw_src', 'ipv6_src'],
  nw_dst: ['nw_dst', 'ipv6_dst'],
}

function hash(t: Translation, fields: HashFields | number, basis: number): number {
  for (const field of typeof fields === 'number' ? [] : HASHED[fields]) t.consult(fieldInfo(field))
  return (t.options.hash?.(fields, basis, t.packet) ?? 0) >>> 0
}

/** Of `n` the one that a hash chooses: evenly by ranges of the hash, or else by what is left of it. */
function choose(t: Translation, { fields, basis, algorithm, n_links }: ActionOf<'multipath'>): number {
  const value = hash(t, fields, basis)
  return algorithm === 'hash_threshold' ? Math.floor(value / Math.ceil(2 ** 32 / n_links)) : value % n_links
}

const isUp = (t: Translation, port: number): boolean => {
  const own = t.sw.ports.get(port)
  return own === undefined ? port >= PORTS.MAX && port !== PORTS.CONTROLLER && port !== PORTS.LOCAL : own.live !== false
}

function member(t: Translation, { members, algorithm, fields, basis }: ActionOf<'bundle'>): number {
  const live = members.filter((port) => isUp(t, port))
  if (algorithm === 'active_backup') return live[0] ?? PORTS.NONE
  return live[hash(t, fields, basis) % Math.max(1, live.length)] ?? PORTS.NONE
}

export const hashExecutors = {
  multipath(t, action) {
    loadBits(t, action.dst, choose(t, action))
    reportBits(t, action.dst)
  },
  bundle(t, action, here) {
    const port = member(t, action)
    if (action.dst === undefined) outputTo(t, port, here, {})
    else {
      loadBits(t, action.dst, port & 0xffff)
      reportBits(t, action.dst)
    }
  },
} as const satisfies Executors
