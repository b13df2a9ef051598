import { echoRequests } from '../lab/counters.js'
import type { Lab } from '../lab/lab.js'

export interface Endpoint {
  /** Name of the pod in the lab. */
  readonly labPod: string
  readonly label: string
  readonly tenant: string
  readonly address: string
}

export interface Matrix {
  readonly endpoints: readonly Endpoint[]
  /** `reached[from][to]`; the diagonal is not measured. */
  readonly reached: readonly (readonly boolean[])[]
}

const PINGS = 2

/**
 * Real pings from each endpoint to each other's address. Since tenants' addresses overlap, an answer alone does not
 * say who answered: B was reached by A when A got answers and B itself counted echo requests in that time.
 */
export async function measure(lab: Lab, endpoints: readonly Endpoint[]): Promise<Matrix> {
  const reached: boolean[][] = []
  for (const [from, source] of endpoints.entries()) {
    const before = await countAll(lab, endpoints)
    const targets = [...new Set(endpoints.filter((_, to) => to !== from).map(({ address }) => address))]
    const answered = new Map<string, boolean>()
    await Promise.all(
      targets.map(async (address) => {
        // Its own address would be answered by its own loopback.
        if (address === source.address) return
        const { received } = await lab.ping(source.labPod, address, { count: PINGS, interval: 0.2, timeout: 1 })
        answered.set(address, received > 0)
      }),
    )
    const after = await countAll(lab, endpoints)
    reached.push(
      endpoints.map(({ address }, to) => {
        const counted = (after[to] ?? 0) > (before[to] ?? 0)
        return to !== from && counted && answered.get(address) === true
      }),
    )
  }
  return { endpoints, reached }
}

/** Within a tenant everything reaches, across tenants nothing does. */
export function judge({ endpoints, reached }: Matrix): { readonly right: number; readonly total: number } {
  let right = 0
  let total = 0
  for (const [from, source] of endpoints.entries()) {
    for (const [to, target] of endpoints.entries()) {
      if (from === to) continue
      total++
      if (reached[from]?.[to] === (source.tenant === target.tenant)) right++
    }
  }
  return { right, total }
}

/** `x` reached, `.` not; a wrong cell is marked with `!`. */
export function formatMatrix({ endpoints, reached }: Matrix): string {
  const width = Math.max(...endpoints.map(({ label }) => label.length))
  const columns = endpoints.map((_, i) => String(i + 1).padStart(3)).join('')
  const rows = endpoints.map((source, from) => {
    const cells = endpoints.map((target, to) => {
      if (from === to) return '  -'
      const is = reached[from]?.[to] === true
      return ` ${is === (source.tenant === target.tenant) ? ' ' : '!'}${is ? 'x' : '.'}`
    })
    return `${String(from + 1).padStart(3)} ${source.label.padEnd(width)} ${source.address.padEnd(15)}${cells.join('')}`
  })
  return [`${''.padEnd(width + 20)}${columns}`, ...rows].join('\n')
}

async function countAll(lab: Lab, endpoints: readonly Endpoint[]): Promise<number[]> {
  return await Promise.all(endpoints.map(({ labPod }) => echoRequests(lab, labPod)))
}
