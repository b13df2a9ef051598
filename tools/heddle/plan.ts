import { describeRef } from '../../src/model/catalog.js'
import type { ReachChange } from '../../src/explain/reach-diff.js'
import { formatRange } from '../../src/explain/services.js'
import type { HostPlan, Plan, PlannedChange } from '../../src/hosts/plan.js'
import type { Client } from './client.js'
import { type Output, printData } from './get.js'
import { EXIT, type Io } from './io.js'
import { checkedManifests } from './write.js'

/** What a change would do, as people read it. */

export interface PlanOptions {
  readonly output: Output
  /** Delete what the files describe, instead of applying it. */
  readonly delete?: boolean
}

/**
 * `heddle diff` (exit 1 where something would change, as diff(1)) and `heddle apply --plan` (exit 0).
 * Nothing is changed.
 */
export async function plan(
  client: Client,
  paths: readonly string[],
  options: PlanOptions & { readonly tellByExit: boolean },
  io: Io,
): Promise<number> {
  const manifests = await checkedManifests(paths, io)
  if (manifests === undefined) return EXIT.usage
  const documents = manifests.map(({ kind, ref, spec }) => ({ kind, ...ref, ...spec }))
  const body = options.delete === true ? { delete: documents } : { apply: documents }
  const { body: answer } = await client.request<Plan>('POST', '/v1/plan', body, PLAN_MS)
  if (options.output === 'json' || options.output === 'yaml') await printData(answer, options.output, io)
  else io.out(planText(answer, manifests.map(({ kind, ref }) => describeRef(kind, ref))))
  return options.tellByExit && answer.hosts.length > 0 ? EXIT.failure : EXIT.ok
}

/** Reachability of many pods takes a while to compare. */
const PLAN_MS = 600_000

export function planText({ hosts, reachability }: Plan, names: readonly string[]): string {
  if (hosts.length === 0) return `nothing would change on any host (${names.join(', ')})\n`
  return [...hosts.map(hostText), reachText(reachability)].join('\n')
}

function hostText({ host, rows, flows, groups, meters }: HostPlan): string {
  const parts = [
    ['rows', rows],
    ['flows', flows],
    ['groups', groups],
    ['meters', meters],
  ] as const
  const counts = parts.flatMap(([name, change]) => countText(name, change) ?? [])
  const lines = parts.flatMap(([, change]) => changeLines(change))
  return `host ${host}: ${counts.join('; ')}\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function countText(name: string, { added, removed, changed }: PlannedChange): string | undefined {
  const counts = [
    [added.length, 'added'],
    [changed.length, 'changed'],
    [removed.length, 'removed'],
  ] as const
  const said = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return said.length === 0 ? undefined : `${name}: ${said.join(', ')}`
}

function changeLines({ added, removed, changed }: PlannedChange): string[] {
  return [
    ...removed.map((text) => `- ${text}`),
    ...changed.flatMap(({ before, after }) => [`- ${before}`, `+ ${after}`]),
    ...added.map((text) => `+ ${text}`),
  ]
}

/** Names of pods that are shown of each side; the counts tell how many there are. */
const SHOWN = 5

function reachText({ changes, truncated }: Plan['reachability']): string {
  const lines = changes.flatMap(reachLines)
  const none = lines.length === 0 ? ['  no pod gains or loses anything\n'] : []
  const more = truncated ? ['  there may be more: not all pairs were compared\n'] : []
  return ['reachability:\n', ...none, ...lines, ...more].join('')
}

function reachLines({ family, from, to, gained, lost }: ReachChange): string[] {
  const ends = `${podsText(from)} -> ${podsText(to)} (IPv${family})`
  return [
    ...(gained.length > 0 ? [`  + ${ends}: ${gained.map(formatRange).join(', ')}\n`] : []),
    ...(lost.length > 0 ? [`  - ${ends}: ${lost.map(formatRange).join(', ')}\n`] : []),
  ]
}

function podsText(pods: readonly string[]): string {
  const shown = pods.slice(0, SHOWN).join(' ')
  return pods.length > SHOWN ? `${shown} and ${pods.length - SHOWN} more` : shown
}
