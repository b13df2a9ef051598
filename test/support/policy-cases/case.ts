import type { Protocol } from '../../../tools/conformance/netpol/resources.js'
import { PODS, type Situation, tenantOf } from './world.js'

/**
 * A case: a situation, and what is reached then. Expectations are written by hand from Kubernetes' text, as exceptions:
 * pods of one tenant, and of tenants that the case says are `joined`, reach each other unless a row says otherwise.
 *
 *     x/a <- y/* x/b     only these reach x/a
 *     x/a -> x/* -x/b    x/a reaches only these
 *     y/* !> x/a         these do not reach x/a
 *
 * Pods are NETWORK/NAME; `*` stands for any of either, alone for all pods; `-` takes away; `none` is nobody. A pod reaches
 * itself whatever the rows say. All pairs of pods are looked at, in both directions.
 */
export interface PolicyCase extends Situation {
  /** What it shows. */
  readonly name: string
  /** Pairs of tenants whose pods may reach each other: `red blue`. */
  readonly joined?: readonly string[]
  readonly expect: Expectation
  /** What changes next, on top of what there is, and what is reached then. */
  readonly then?: readonly (Situation & Pick<PolicyCase, 'joined' | 'expect'>)[]
  /** Also tried with real connections on real hosts: its TCP and UDP ports, all pairs. */
  readonly lab?: true
}

/** Rows, by what is sent; rows alone: TCP port 80. */
export type Expectation = readonly string[] | Readonly<Record<ProbeName, readonly string[]>>

/** PORT/PROTOCOL or TYPE/ICMP, TYPE.CODE/ICMP; then, unless it is of both families, @4 or @6. */
export type ProbeName = `${number}/${Protocol}` | `${number}/${Protocol}@${4 | 6}`

export interface CaseProbe {
  readonly name: string
  readonly family: 4 | 6
  readonly protocol: Protocol
  readonly port?: number
  readonly icmpType?: number
  readonly icmpCode?: number
}

/** One moment of a case: what there is, what is tried, and whether it succeeds. */
export interface Moment {
  /** The case's name, with the number of the change that came before. */
  readonly name: string
  readonly situation: Situation
  readonly checks: readonly Check[]
}

export interface Check {
  readonly probe: CaseProbe
  /** Pods as NETWORK/NAME. */
  readonly from: string
  readonly to: string
  readonly reached: boolean
}

/** The case before and after each of its changes. */
export function momentsOf({ name, joined, expect, then = [], ...situation }: PolicyCase): Moment[] {
  const moments: Moment[] = []
  let current: { readonly joined: readonly string[]; readonly situation: Situation } = {
    joined: joined ?? [],
    situation,
  }
  for (const [i, { joined: next, expect: expected, ...change }] of [{ expect }, ...then].entries()) {
    current = { joined: next ?? current.joined, situation: { ...current.situation, ...change } }
    moments.push({
      name: i === 0 ? name : `${name}, change ${i}`,
      situation: current.situation,
      checks: checksOf(expected, current.joined),
    })
  }
  return moments
}

function checksOf(expect: Expectation, joined: readonly string[]): Check[] {
  const byProbe: Readonly<Record<string, readonly string[]>> = isRows(expect) ? { '80/TCP': expect } : expect
  return Object.entries(byProbe).flatMap(([name, texts]) => {
    const rows = texts.map(parseRow)
    return probesOf(name).flatMap((probe) =>
      PODS.flatMap((from) =>
        PODS.map((to) => ({ probe, from, to, reached: from === to || isReached(from, to, rows, joined) })),
      ),
    )
  })
}

const isRows = (expect: Expectation): expect is readonly string[] => Array.isArray(expect)

function probesOf(name: string): CaseProbe[] {
  const [what = '', families] = name.split('@')
  const [numbers, protocol] = what.split('/') as [string, Protocol]
  const [first, second = 0] = numbers.split('.').map(Number)
  if (first === undefined || Number.isNaN(first)) throw new Error(`no such probe: ${name}`)
  if (protocol === 'ICMP') return [{ name, family: 4, protocol, icmpType: first, icmpCode: second }]
  if (protocol === 'ICMPv6') return [{ name, family: 6, protocol, icmpType: first, icmpCode: second }]
  return ([4, 6] as const)
    .filter((family) => families === undefined || Number(families) === family)
    .map((family) => ({ name, family, protocol, port: first }))
}

interface Row {
  readonly left: ReadonlySet<string>
  readonly arrow: '<-' | '->' | '!>'
  readonly right: ReadonlySet<string>
}

const ROW = /^(?<left>.+) (?<arrow><-|->|!>) (?<right>.+)$/

function parseRow(text: string): Row {
  const { left = '', arrow, right = '' } = ROW.exec(text)?.groups ?? {}
  if (arrow === undefined) throw new Error(`not a row: ${text}`)
  return { left: podsOf(left), arrow: arrow as Row['arrow'], right: podsOf(right) }
}

/** The pods that a side of a row names. */
function podsOf(text: string): Set<string> {
  const found = new Set<string>()
  for (const word of text.split(' ')) {
    if (word === 'none') continue
    const isTaken = word.startsWith('-')
    const pods = podsLike(isTaken ? word.slice(1) : word)
    for (const pod of pods) {
      if (isTaken) found.delete(pod)
      else found.add(pod)
    }
  }
  return found
}

function podsLike(pattern: string): readonly string[] {
  if (pattern === '*') return PODS
  const [network, name] = pattern.split('/')
  const pods = PODS.filter((pod) => {
    const [itsNetwork, itsName] = pod.split('/')
    return (network === '*' || network === itsNetwork) && (name === '*' || name === itsName)
  })
  if (pods.length === 0) throw new Error(`a row names pods that are not there: ${pattern}`)
  return pods
}

function isReached(from: string, to: string, rows: readonly Row[], joined: readonly string[]): boolean {
  const tenants = [tenantOf(from), tenantOf(to)]
  const areJoined = tenants[0] === tenants[1] || joined.some((pair) => tenants.every((tenant) => pair.includes(tenant)))
  return areJoined && rows.every((row) => permits(row, from, to))
}

function permits({ left, arrow, right }: Row, from: string, to: string): boolean {
  switch (arrow) {
    case '<-':
      return !left.has(to) || right.has(from)
    case '->':
      return !left.has(from) || right.has(to)
    case '!>':
      return !left.has(from) || !right.has(to)
  }
}
