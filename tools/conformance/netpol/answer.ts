import { Cluster, type KubernetesPod, type NetpolInput, type Probe } from './cluster.js'
import { rangesOf, resourcesOf, TENANT } from './convert.js'
import type { PodPort, Resource } from './resources.js'

/** A new IPv4 connection between pods TENANT/NETWORK/NAME. */
export interface Attempt {
  readonly from: string
  readonly to: string
  readonly protocol: NonNullable<PodPort['protocol']>
  readonly port: number
}

/** What says of each attempt whether it succeeds while these resources are all that there are. */
export type Judge = (resources: readonly Resource[]) => Reach | Promise<Reach>
export type Reach = (attempt: Attempt) => boolean

/** PORT/PROTOCOL -> NAMESPACE/POD -> a digit a destination. */
export type Matrices = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The matrices of a vector, one object a step. */
export async function answerNetpol(vector: unknown, judge: Judge): Promise<Matrices[]> {
  const input = withoutNulls(vector) as NetpolInput
  const cluster = new Cluster(input.world)
  const ranges = rangesOf(input)
  const answer: Matrices[] = []
  for (const { actions, probe } of input.steps) {
    for (const action of actions) cluster.apply(action)
    const reach = await judge(resourcesOf(cluster, ranges))
    answer.push(matricesOf([...cluster.pods.values()], probe, reach))
  }
  return answer
}

/** Kubernetes takes null for what is not there. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, member]) => member !== null)
  return Object.fromEntries(present.map(([name, member]) => [name, withoutNulls(member)]))
}

/** A port that is probed: by its number, or by the name that each destination gives it. */
interface Target {
  readonly port: number | string
  readonly protocol: NonNullable<PodPort['protocol']>
}

function targetsOf(pods: readonly KubernetesPod[], probe: Probe): Target[] {
  if ('port' in probe) return [{ port: probe.port, protocol: probe.protocol ?? 'TCP' }]
  const served = pods.flatMap(({ ports }) => ports)
  return served.map(({ port, protocol = 'TCP' }) => ({ port, protocol }))
}

function matricesOf(pods: readonly KubernetesPod[], probe: Probe, reach: Reach): Matrices {
  const digit = (from: KubernetesPod, to: KubernetesPod, target: Target): string => {
    const served = to.ports.find((port) => isServedAs(port, target))
    if (served === undefined) return '0'
    const attempt = { from: keyOf(from), to: keyOf(to), protocol: target.protocol, port: served.port }
    return reach(attempt) ? '1' : '0'
  }
  const rows = (target: Target): Readonly<Record<string, string>> =>
    Object.fromEntries(
      pods.map((from) => [`${from.namespace}/${from.name}`, pods.map((to) => digit(from, to, target)).join('')]),
    )
  const targets = new Map(targetsOf(pods, probe).map((target) => [`${target.port}/${target.protocol}`, target]))
  return Object.fromEntries([...targets].sort().map(([name, target]) => [name, rows(target)]))
}

const isServedAs = ({ name, port, protocol = 'TCP' }: PodPort, target: Target): boolean =>
  protocol === target.protocol && (typeof target.port === 'number' ? port : name) === target.port

const keyOf = ({ namespace, name }: KubernetesPod): string => `${TENANT}/${namespace}/${name}`
