import type { ReachReport } from '../../src/explain/reach.js'
import type { TraceReport } from '../../src/explain/trace.js'
import type { LiveTrace } from '../../src/hosts/live-trace.js'
import type { VerifyReport } from '../../src/explain/verify.js'
import { formatTraceReport } from '../../src/explain/trace-text.js'
import type { Client } from './client.js'
import { type Output, printData } from './get.js'
import { EXIT, type Io, UsageError } from './io.js'
import { formatTable } from './table.js'

/** Which service a command asks for; one of them, and ICMP as TYPE or TYPE/CODE. */
export interface ServiceFlags {
  readonly tcp?: string
  readonly udp?: string
  readonly sctp?: string
  readonly icmp?: string | true
}

export interface TraceFlags {
  readonly live?: true
  /** Checked by the API; with its unit. */
  readonly timeout?: string
}

export interface ExplainOptions extends ServiceFlags {
  readonly ipv6?: true
  readonly output: Output
}

/** What the API takes for a service. */
type ServiceFields = Readonly<Record<string, string | number>>

/** Work on all pods of a large site takes its time. */
const PATIENCE_MS = 600_000

/** `heddle trace POD POD`: exit 0 when there is an answer, whatever it is. */
export async function trace(
  client: Client,
  from: string,
  to: string,
  { live, timeout, ...options }: ExplainOptions & TraceFlags,
  io: Io,
): Promise<number> {
  if (timeout !== undefined && live !== true) throw new UsageError('--timeout goes with --live')
  const real = live === true ? { live, ...(timeout !== undefined && { timeout }) } : {}
  const body = { from, to, ...serviceOf(options), ...(options.ipv6 === true && { family: 6 }), ...real }
  const { body: report } = await client.request<TraceReport & { readonly live?: LiveTrace }>('POST', '/v1/trace', body, PATIENCE_MS)
  if (isData(options.output)) await printData(report, options.output, io)
  else io.out(`${formatTraceReport(report)}${report.live === undefined ? '' : formatLive(report.live)}`)
  return EXIT.ok
}

function formatLive({ delivered, sightings }: LiveTrace): string {
  const end = delivered ? 'it came to the port of the pod' : 'it did not come to the port of the pod'
  const lines = sightings.map(({ host, stage, afterMs }) => `  ${host}: ${stage} after ${Math.round(afterMs)} ms\n`)
  return `\na real packet: ${end}\n${lines.join('')}`
}

/** `heddle reach -t TENANT` */
export async function reach(
  client: Client,
  { tenant, ...options }: ExplainOptions & { readonly tenant?: string },
  io: Io,
): Promise<number> {
  if (tenant === undefined) throw new UsageError('which tenant? --tenant')
  const query = new URLSearchParams({ family: options.ipv6 === true ? '6' : '4' })
  for (const [name, value] of Object.entries(serviceOf(options))) query.set(name, String(value))
  const path = `/v1/tenants/${encodeURIComponent(tenant)}/reach?${query.toString()}`
  const { body } = await client.request<ReachReport>('GET', path, undefined, PATIENCE_MS)
  if (isData(options.output)) await printData(body, options.output, io)
  else if (body.pods.length === 0) io.err('no pods\n')
  else io.out(formatReach(body))
  return EXIT.ok
}

/** `heddle verify`: exit 1 when something is not as it should be. */
export async function verify(client: Client, output: Output, io: Io): Promise<number> {
  const { body } = await client.request<VerifyReport>('POST', '/v1/verify', {}, PATIENCE_MS)
  if (isData(output)) await printData(body, output, io)
  else io.out(formatVerify(body))
  return body.ok ? EXIT.ok : EXIT.failure
}

const isData = (output: Output): output is 'json' | 'yaml' => output === 'json' || output === 'yaml'

function serviceOf({ tcp, udp, sctp, icmp }: ServiceFlags): ServiceFields {
  const given = Object.entries({ tcp, udp, sctp, icmp }).filter(([, value]) => value !== undefined)
  const [first, ...more] = given
  if (first === undefined || more.length > 0) {
    throw new UsageError('which service? one of --tcp PORT, --udp PORT, --sctp PORT and --icmp [TYPE[/CODE]]')
  }
  const [name, value] = first
  if (name !== 'icmp') return { protocol: name.toUpperCase(), port: numberOf(value, name, 65535) }
  if (value === true) return { protocol: 'ICMP' }
  const [type, code, ...rest] = String(value).split('/')
  if (rest.length > 0) throw new UsageError(`--icmp takes TYPE or TYPE/CODE, not "${String(value)}"`)
  return {
    protocol: 'ICMP',
    icmpType: numberOf(type, name, 255),
    ...(code !== undefined && { icmpCode: numberOf(code, name, 255) }),
  }
}

function numberOf(text: string | true | undefined, option: string, maximum: number): number {
  const value = typeof text === 'string' && /^[0-9]{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (value <= maximum) return value
  throw new UsageError(`--${option} takes numbers from 0 to ${maximum}, not "${String(text)}"`)
}

/** Pods of more than this make lines that nobody can read: then only what is not reached is told. */
const WIDEST = 60

/** `x` reaches, `.` does not; columns have the numbers of the rows. */
export function formatReach({ tenant, pods, rows }: ReachReport): string {
  const names = pods.map((pod) => pod.slice(tenant.length + 1))
  if (pods.length > WIDEST) return formatGaps(names, rows)
  const width = Math.max(...names.map((name) => name.length))
  const digits = String(pods.length).length
  const cell = (text: string): string => ` ${text.padStart(Math.max(digits, 2))}`
  const head = `${''.padEnd(digits + 1 + width)}${pods.map((_, i) => cell(String(i + 1))).join('')}`
  const lines = rows.map((row, i) => {
    const title = `${String(i + 1).padStart(digits)} ${(names[i] ?? '').padEnd(width)}`
    return `${title}${Array.from(row, cell).join('')}`
  })
  return [head, ...lines].map((line) => `${line}\n`).join('')
}

function formatGaps(names: readonly string[], rows: readonly string[]): string {
  const gaps = rows.flatMap((row, from) => Array.from(row).flatMap((cell, to) => (cell === '.' ? [[names[from] ?? '', names[to] ?? '']] : [])))
  const pairs = names.length * (names.length - 1)
  const summary = `${pairs - gaps.length} of ${pairs} pairs of ${names.length} pods reach; -o json has the matrix\n`
  const shown = gaps.slice(0, WIDEST)
  if (shown.length === 0) return summary
  const rest = gaps.length - shown.length
  return `${summary}\n${formatTable([['FROM', 'DOES NOT REACH'], ...shown])}${rest > 0 ? `... and ${rest} more\n` : ''}`
}

export function formatVerify({ ok, violations, truncated, packets, hosts }: VerifyReport): string {
  const found = violations.map(({ invariant, from, to, trace }) => {
    const what = invariant === 'isolation' ? `${from} reaches ${to}` : `${from} is not brought to ${to}`
    return `${invariant}: ${what}\n${formatTraceReport(trace).replace(/^(?=.)/gm, '  ')}\n`
  })
  const different = hosts.map(({ host, missing, extra, unreachable }) => {
    if (unreachable !== undefined) return `host ${host} could not be asked: ${unreachable}\n\n`
    const lines = [...missing.map((text) => `  missing ${text}\n`), ...extra.map((text) => `  beyond  ${text}\n`)]
    return `host ${host} differs from what is wanted:\n${lines.join('')}\n`
  })
  const limit = truncated ? '; not everything was tried' : ''
  return `${[...found, ...different].join('')}${ok ? 'all is well' : 'not all is well'}: ${packets} packets tried${limit}\n`
}
