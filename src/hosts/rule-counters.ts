import { cookieOf, cookiesOf } from '../../flows/index.js'
import type { IntentView } from '../intent/view.js'
import type { HostSession } from './host-session.js'

/** What a rule let through or dropped, on all hosts together; on each since its flows came there. */
export interface RuleCounters {
  /** Where it is said, like `networkpolicies/red/web ingress 0`. */
  readonly rules: readonly string[]
  readonly packets: bigint
  readonly bytes: bigint
  /** How many hosts have it in force. */
  readonly hosts: number
  /** Those of them that could not be asked: the sums lack theirs. */
  readonly missing: readonly string[]
}

interface Sum {
  readonly packets: bigint
  readonly bytes: bigint
}

/** Asks every host where one of the rules is in force, once, for the counters of its rules. */
export async function countRules(
  view: IntentView,
  sessionOf: (host: string) => HostSession | undefined,
  rules: readonly number[],
): Promise<RuleCounters[]> {
  const places = rules.map((rule) => view.policies.rules.placesOf(rule))
  const hosts = new Set(places.flatMap((of) => of.map(({ host }) => host)))
  const sums = new Map(
    await Promise.all(Array.from(hosts, async (host) => [host, await sumsOn(sessionOf(host))] as const)),
  )
  return rules.map((rule, i) => {
    const own = (places[i] ?? []).map(({ host, tenant }) => ({ host, sum: sumAt(sums.get(host), tenant, rule) }))
    return {
      rules: [...(view.policies.rules.get(rule)?.origins ?? [])].sort(),
      packets: own.reduce((all, { sum }) => all + (sum?.packets ?? 0n), 0n),
      bytes: own.reduce((all, { sum }) => all + (sum?.bytes ?? 0n), 0n),
      hosts: new Set(own.map(({ host }) => host)).size,
      missing: [...new Set(own.filter(({ sum }) => sum === undefined).map(({ host }) => host))].sort(),
    }
  })
}

type Sums = ReadonlyMap<bigint, Sum> | undefined

function sumAt(sums: Sums, tenant: string, rule: number): Sum | undefined {
  return sums === undefined ? undefined : (sums.get(cookieOf('rule', `${tenant} ${rule}`)) ?? { packets: 0n, bytes: 0n })
}

/** Counters of all rules of a host by cookie: a rule that logs has two flows. */
async function sumsOn(session: HostSession | undefined): Promise<Sums> {
  // A connection that ends meanwhile is one that could not be asked.
  const flows = await session?.flows.flowsOf(cookiesOf('rule')).catch(() => undefined)
  if (flows === undefined) return undefined
  const sums = new Map<bigint, Sum>()
  for (const { cookie, n_packets, n_bytes } of flows) {
    const before = sums.get(cookie) ?? { packets: 0n, bytes: 0n }
    sums.set(cookie, { packets: before.packets + n_packets, bytes: before.bytes + n_bytes })
  }
  return sums
}
