import { isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { PodView } from '../intent/view.js'
import { parseIpv4 } from '../model/address.js'

export type Family = 4 | 6

/** An address of either family, as a number. */
export interface Ip {
  readonly family: Family
  readonly value: bigint
}

export function parseIp(text: string): Ip | undefined {
  const v4 = parseIpv4(text)
  if (v4 !== undefined) return { family: 4, value: BigInt(v4) }
  if (!isIPv6(text) || text.includes('%')) return undefined
  const bytes = Buffer.from(ipaddr.IPv6.parse(text).toByteArray())
  return { family: 6, value: BigInt(`0x${bytes.toString('hex')}`) }
}

export function formatIp({ family, value }: Ip): string {
  const hex = value.toString(16).padStart(family === 4 ? 8 : 32, '0')
  const address = ipaddr.fromByteArray([...Buffer.from(hex, 'hex')])
  return address instanceof ipaddr.IPv6 ? address.toRFC5952String() : address.toString()
}

/** One text for one address, to look it up by. */
export const ipKey = ({ family, value }: Ip): string => `${family} ${value}`

/** A pod's address of a family, if it has one. */
export function addressOf(pod: PodView, family: Family): Ip | undefined {
  const ip = parseIp(pod.record.address)
  return ip?.family === family ? ip : undefined
}
