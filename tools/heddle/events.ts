import type { FloodEvent, NumberedEvent, Peer, PolicyEvent } from '../../src/hosts/events.js'
import type { Client } from './client.js'
import { EXIT, type Io } from './io.js'

export interface EventOptions {
  readonly tenant?: string
  readonly host?: string
  readonly watch?: boolean
}

/** `heddle events`: a line an event; with `--watch` until it is interrupted or the controller ends. */
export async function events(client: Client, options: EventOptions, io: Io): Promise<number> {
  const query = new URLSearchParams()
  if (options.tenant !== undefined) query.set('tenant', options.tenant)
  if (options.host !== undefined) query.set('host', options.host)
  const { body } = await client.request<{ readonly items: readonly NumberedEvent[]; readonly metadata: { readonly last: number } }>(
    'GET',
    `/v1/events?${query.toString()}`,
  )
  for (const event of body.items) io.out(eventLine(event))
  if (options.watch !== true) return EXIT.ok
  query.set('watch', '1')
  for await (const data of client.stream(`/v1/events?${query.toString()}`, String(body.metadata.last))) {
    io.out(eventLine(JSON.parse(data) as NumberedEvent))
  }
  return EXIT.ok
}

export function eventLine(event: NumberedEvent): string {
  return event.type === 'flood' ? floodLine(event) : policyLine(event)
}

function floodLine({ time, host, pod, direction, kind, dropped }: FloodEvent): string {
  const way = direction === 'egress' ? 'sent by' : 'sent to'
  return `${time} ${host} flood guard: ${dropped} ${kind} packets ${way} ${pod} dropped\n`
}

function policyLine(event: PolicyEvent): string {
  const { time, host, action, direction, protocol, rules } = event
  const { icmpType, icmpCode, sourcePort, destinationPort } = event
  const from = endText(event.from, sourcePort)
  const to = endText(event.to, destinationPort)
  const icmp = icmpType === undefined ? '' : ` type ${icmpType} code ${icmpCode ?? 0}`
  return `${time} ${host} ${action} ${direction} ${protocol}${icmp} ${from} -> ${to} [${rules.join(', ')}]\n`
}

function endText({ address, pod }: Peer, port: number | undefined): string {
  const shown = address.includes(':') && port !== undefined ? `[${address}]` : address
  return `${pod === undefined ? '' : `${pod} `}${shown}${port === undefined ? '' : `:${port}`}`
}
