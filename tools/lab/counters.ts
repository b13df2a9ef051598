import { LabError } from './errors.js'
import type { Lab } from './lab.js'

/**
 * ICMP echo requests of either family that a pod has received, from its kernel's own counters. Where tenants' addresses
 * overlap, an answer to a ping does not say who answered; this does.
 */
export async function echoRequests(lab: Lab, pod: string): Promise<number> {
  const { stdout } = await lab.exec(pod, ['cat', '/proc/net/snmp', '/proc/net/snmp6'])
  const [names = '', values = ''] = stdout.split('\n').filter((line) => line.startsWith('Icmp:'))
  const column = names.split(' ').indexOf('InEchos')
  const six = /^Icmp6InEchos\s+(\d+)$/m.exec(stdout)?.[1]
  if (column < 0 || six === undefined) throw new LabError('LAB_COMMAND_FAILED', `pod ${pod} shows no ICMP counters`)
  return Number(values.split(' ')[column]) + Number(six)
}
