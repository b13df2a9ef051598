import { parseArgs } from 'node:util'
import { usage } from './errors.js'
import type { Placement } from './plan.js'

export interface PodsOptions {
  readonly hosts: number
  readonly podsPerHost: number
  readonly tenants: number
  readonly placement: Placement
  /** Pods added one by one, timed by the API's answer. */
  readonly adds: number
  /** Pods added one by one, timed by asking the switches. */
  readonly probes: number
  readonly diffs: number
  readonly bulk: number
  /** Longest single wait, and longest run, in seconds. */
  readonly stepS: number
  readonly timeoutS: number
  readonly profileDir?: string
}

interface Setting {
  readonly least: number
  readonly standard: number
  readonly doc: string
}

const NUMBERS = {
  hosts: { least: 1, standard: 2, doc: 'hosts, each a real ovsdb-server and ovs-vswitchd' },
  pods: { least: 1, standard: 50, doc: 'pods on each host at cold start' },
  tenants: { least: 1, standard: 10, doc: 'tenants, each with one network, a /16' },
  adds: { least: 0, standard: 100, doc: 'pods added one by one, timed by the answer to ?wait=realized' },
  probes: { least: 0, standard: 100, doc: 'pods added one by one, timed by asking the switches with ofproto/trace' },
  diffs: { least: 0, standard: 3, doc: 'pods added to see which flows change where' },
  bulk: { least: 0, standard: 1000, doc: 'pods added at once' },
  step: { least: 1, standard: 300, doc: 'longest single wait, in seconds' },
  timeout: { least: 1, standard: 900, doc: 'longest run, in seconds' },
} as const satisfies Record<string, Setting>

export const PODS_HELP = [
  ...Object.entries(NUMBERS).map(([name, { standard, doc }]) => `  --${name} N`.padEnd(29) + `${doc} (${standard})`),
  '  --placement spread|packed'.padEnd(29) + " a tenant's pods on all hosts (spread), or on as few as possible",
  '  --cpu-prof DIR'.padEnd(29) + "writes CPU profiles of the controller's processes there",
].join('\n')

/** Throws BenchError for an unknown option or a wrong value, naming it. */
export function parsePodsOptions(args: readonly string[]): PodsOptions {
  const values = parse(args)
  const number = (name: keyof typeof NUMBERS): number => {
    const { least, standard } = NUMBERS[name]
    const text = values[name] ?? String(standard)
    if (!/^\d{1,6}$/.test(text) || Number(text) < least) throw usage(`--${name} must be a number of at least ${least}, not "${text}"`)
    return Number(text)
  }
  const placement = values['placement'] ?? 'spread'
  if (placement !== 'spread' && placement !== 'packed') throw usage(`--placement must be spread or packed, not "${placement}"`)
  const profileDir = values['cpu-prof']
  return {
    hosts: number('hosts'),
    podsPerHost: number('pods'),
    tenants: number('tenants'),
    placement,
    adds: number('adds'),
    probes: number('probes'),
    diffs: number('diffs'),
    bulk: number('bulk'),
    stepS: number('step'),
    timeoutS: number('timeout'),
    ...(profileDir !== undefined && { profileDir }),
  }
}

function parse(args: readonly string[]): Readonly<Record<string, string | undefined>> {
  const names = [...Object.keys(NUMBERS), 'placement', 'cpu-prof']
  try {
    const options = Object.fromEntries(names.map((name) => [name, { type: 'string' as const }]))
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error))
  }
}
