import { extractFields, type MessageOf, type Value } from 'openflow-ts'
import { cookieOf, isOurCookie, REGISTERS } from '../../flows/index.js'
import type { IntentView } from '../intent/view.js'
import { formatIp, type Ip } from '../model/address.js'
import type { Peer, PolicyEvent } from './events.js'

type PacketIn = MessageOf<'PACKET_IN'>

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6', 132: 'SCTP' }

/** What a packet-in of a rule that logs is about; undefined where it is of no such rule (any more). */
export function policyEvent(view: IntentView, host: string, packetIn: PacketIn, now: Date): PolicyEvent | undefined {
  const decided = packetIn.cookie === undefined ? undefined : ruleOfCookie(view, host, packetIn.cookie)
  if (decided === undefined) return undefined
  const { tenant, rule, origins } = decided
  const { fields } = extractFields(packetIn.data)
  const sender = Number(packetIn.match.find(({ field }) => field === REGISTERS.sender.field)?.value ?? 0)
  const senderTenant = view.policies.groups.identities.get(sender)?.tenant ?? tenant
  const protocol = Number(fields.nw_proto ?? 0)
  return {
    type: 'policy',
    time: now.toISOString(),
    host,
    action: rule.action,
    direction: rule.direction,
    rules: [...origins].sort(),
    tenant,
    from: peerAt(view, senderTenant, fields.nw_src, fields.ipv6_src),
    to: peerAt(view, tenant, fields.nw_dst, fields.ipv6_dst),
    protocol: PROTOCOLS[protocol] ?? String(protocol),
    ...serviceOf(fields),
  }
}

function ruleOfCookie(view: IntentView, host: string, cookie: bigint) {
  if (!isOurCookie(cookie)) return undefined
  for (const tenant of view.residents.tenantsOn(host)) {
    for (const id of view.policies.rules.loggingOn(host, tenant)) {
      const found = cookieOf('rule', `${tenant} ${id}`) === cookie ? view.policies.rules.get(id) : undefined
      if (found !== undefined) return { tenant, ...found }
    }
  }
  return undefined
}

function peerAt(view: IntentView, tenant: string, ipv4: Value | undefined, ipv6: Value | undefined): Peer {
  const ip: Ip = ipv6 === undefined ? { family: 4, value: BigInt(ipv4 ?? 0) } : { family: 6, value: BigInt(ipv6) }
  const address = formatIp(ip)
  const pod = view.podAt(tenant, address)
  return { address, ...(pod !== undefined && { pod }) }
}

function serviceOf(fields: ReturnType<typeof extractFields>['fields']): Partial<PolicyEvent> {
  const source = fields.tcp_src ?? fields.udp_src ?? fields.sctp_src
  const destination = fields.tcp_dst ?? fields.udp_dst ?? fields.sctp_dst
  const type = fields.icmp_type ?? fields.icmpv6_type
  const code = fields.icmp_code ?? fields.icmpv6_code
  return {
    ...(source !== undefined && { sourcePort: Number(source) }),
    ...(destination !== undefined && { destinationPort: Number(destination) }),
    ...(type !== undefined && { icmpType: Number(type) }),
    ...(code !== undefined && { icmpCode: Number(code) }),
  }
}
