import { Pool } from 'undici'
import { BenchError } from './errors.js'
import { cidrOf, hostName, NETWORK, type PlannedPod, tenantName, tunnelAddressOf } from './plan.js'

/** A pod that exists, with what Heddle gave it. */
export interface BenchPod extends PlannedPod {
  readonly name: string
  readonly interface: string
  readonly address: string
  readonly mac: string
}

export interface HostState {
  readonly name: string
  readonly connected: boolean
  readonly realized: boolean
  readonly flows: number
  readonly flowMods: number
  readonly transactions: number
}

interface PodAnswer {
  readonly status: { readonly address: string; readonly mac: string; readonly interface: string; readonly realized: boolean }
}

interface HostAnswer {
  readonly name: string
  readonly status: {
    readonly connected: boolean
    readonly realized: boolean
    readonly flows: number
    readonly sent?: { readonly flowMods: number; readonly transactions: number }
  }
}

/** Requests in flight where many are made. */
export const IN_FLIGHT = 64

/** The controller's REST API over connections that stay open. */
export class Api {
  readonly #pool: Pool
  readonly #waitS: number

  constructor(origin: string, waitS: number) {
    this.#pool = new Pool(origin, { connections: IN_FLIGHT, pipelining: 1, keepAliveTimeout: 600_000 })
    this.#waitS = waitS
  }

  async isReady(): Promise<boolean> {
    try {
      const { statusCode, body } = await this.#pool.request({ path: '/readyz', method: 'GET' })
      await body.dump()
      return statusCode === 200
    } catch (error) {
      if (error instanceof Error && 'code' in error) return false
      throw error
    }
  }

  async createHost(n: number): Promise<void> {
    await this.#request('POST', '/v1/hosts', { name: hostName(n), tunnelAddress: tunnelAddressOf(n) })
  }

  async createTenant(n: number): Promise<void> {
    const name = tenantName(n)
    await this.#request('POST', '/v1/tenants', { name })
    await this.#request('POST', `/v1/tenants/${name}/networks`, { name: NETWORK, cidrs: [cidrOf(n)] })
  }

  /** `wait`: answered once the pod is realized. Throws when that takes too long. */
  async createPod(pod: PlannedPod, wait: 'realized' | 'committed' = 'committed'): Promise<BenchPod> {
    const query = wait === 'realized' ? `?wait=realized&timeout=${this.#waitS}s` : ''
    const name = `pod${pod.index}`
    const spec = { name, host: hostName(pod.host), interface: `p${pod.index}` }
    const { status } = (await this.#request('POST', podsPath(pod) + query, spec)) as PodAnswer
    if (wait === 'realized' && !status.realized) throw new BenchError(`${name} was answered before it was realized`)
    return { ...pod, name, interface: status.interface, address: status.address, mac: status.mac }
  }

  async deletePod(pod: BenchPod): Promise<void> {
    await this.#request('DELETE', `${podsPath(pod)}/${pod.name}`)
  }

  async hosts(): Promise<HostState[]> {
    const { items } = (await this.#request('GET', '/v1/hosts')) as { readonly items: readonly HostAnswer[] }
    return items.map(({ name, status: { connected, realized, flows, sent } }) => ({
      name, connected, realized, flows, flowMods: sent?.flowMods ?? 0, transactions: sent?.transactions ?? 0,
    }))
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }

  async #request(method: 'GET' | 'POST' | 'DELETE', path: string, json?: object): Promise<unknown> {
    const { statusCode, headers, body } = await this.#pool.request({
      path,
      method,
      ...(json !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }),
    })
    const text = await body.text()
    if (statusCode >= 300) throw new BenchError(`${method} ${path}: ${statusCode} ${text}`)
    if (headers['heddle-wait'] === 'timeout') throw new BenchError(`${method} ${path}: not realized in time`)
    return text === '' ? undefined : JSON.parse(text)
  }
}

function podsPath({ tenant }: PlannedPod): string {
  return `/v1/tenants/${tenantName(tenant)}/networks/${NETWORK}/pods`
}

/** The results of `work` for each item, in order, at most `IN_FLIGHT` at a time. */
export async function inParallel<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Map<number, R>()
  let next = 0
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) results.set(i, await work(items[i] as T))
  }
  await Promise.all(Array.from({ length: Math.min(IN_FLIGHT, items.length) }, worker))
  return items.map((_, i) => results.get(i) as R)
}
