import type { PodView } from '../intent/view.js'
import { type Family, type Ip, parseIp } from '../model/address.js'

/** One text for one address, to look it up by. */
export const ipKey = ({ family, value }: Ip): string => `${family} ${value}`

/** A pod's address of a family, if it has one. */
export function addressOf({ record }: PodView, family: Family): Ip | undefined {
  return record.addresses.map(parseIp).find((ip) => ip?.family === family)
}
