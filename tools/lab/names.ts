import { createHash, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { LabError } from './errors.js'

/** Hosts a lab can have: both its subnets are a /24, whose .254 belongs to the controller's side. */
export const maxHosts = 250

/** A name that no other lab of this machine has. */
export function uniqueLabName(): string {
  return `lab-${process.pid.toString(36)}-${randomBytes(4).toString('hex')}`
}

export function checkLabName(name: string): void {
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) {
    throw new LabError('LAB_NAME_INVALID', `lab name "${name}": 1 to 31 of a-z, 0-9 and "-", beginning with a letter or digit`)
  }
}

export function checkPodName(name: string): void {
  if (!/^[a-zA-Z0-9][-a-zA-Z0-9_.]{0,62}$/.test(name) || /^h\d+$/.test(name) || name === 'underlay') {
    throw new LabError(
      'LAB_NAME_INVALID',
      `pod name "${name}": 1 to 63 letters, digits, ".", "_" and "-", not a host's ("h1") and not "underlay"`,
    )
  }
}

export function checkInterfaceName(name: string): void {
  if (!/^[a-zA-Z0-9][-a-zA-Z0-9_.]{0,14}$/.test(name)) {
    throw new LabError('LAB_NAME_INVALID', `interface name "${name}": 1 to 15 letters, digits, ".", "_" and "-"`)
  }
}

export function checkAddress(field: string, value: string): void {
  if (isIP(value) === 0) throw new LabError('LAB_OPTION_INVALID', `${field} "${value}": not an IP address`)
}

export function checkMac(value: string): void {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(value) || (parseInt(value.slice(0, 2), 16) & 1) === 1) {
    throw new LabError('LAB_OPTION_INVALID', `mac "${value}": not a unicast MAC address`)
  }
}

export function checkInteger(field: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new LabError('LAB_OPTION_INVALID', `${field} ${value}: must be an integer from ${min} to ${max}`)
  }
}

/** Network namespace of a host or pod. Lab names have no dot, so the first dot ends the lab's. */
export function namespaceOf(lab: string, member: string): string {
  return `hl-${lab}.${member}`
}

/** The lab's one interface in the root namespace: 14 characters, from a hash of the lab's name. */
export function rootInterface(lab: string): string {
  return `hl${hash(lab).toString('hex', 0, 6)}`
}

export type UnderlayFamily = 4 | 6

/** Address of a host's br-phy. */
export function underlayAddress(family: UnderlayFamily, hostNumber: number): string {
  return family === 4 ? `172.31.0.${hostNumber}` : `fd00:31::${hostNumber.toString(16)}`
}

/** Fixed MAC of a host's br-phy, so that it survives a restart of ovs-vswitchd. */
export function bridgeMac(lab: string, hostNumber: number): string {
  const bytes = [0x02, ...hash(lab).subarray(0, 4), hostNumber]
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** Number from the lab's name, from which the search for a free subnet starts. */
export function subnetSeed(lab: string): number {
  return hash(lab).readUInt16BE(6)
}

function hash(name: string): Buffer {
  return createHash('sha256').update(name).digest()
}
