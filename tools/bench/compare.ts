import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { BenchError, usage } from './errors.js'

/** One result file: what it was measured on, and its `key: value` lines. */
interface Run {
  readonly name: string
  readonly size: string
  readonly system: 'Heddle' | 'OVN'
  readonly values: ReadonlyMap<string, string>
}

/** A line of the table. Keys may differ where the same thing has another name; the ratio says how much better we are. */
interface Row {
  readonly title: string
  readonly heddle: string
  readonly ovn: string
  readonly better: 'less' | 'more'
}

function row(title: string, heddle: string, ovn = heddle, better: Row['better'] = 'less'): Row {
  return { title, heddle, ovn, better }
}

const ROWS: readonly Row[] = [
  row('**cold start, s**', 'cold_start_s'),
  row('… CPU s, all processes', 'cold_start.cpu_s.total'),
  row('**pod add, switches asked: own host lets packets through (L), ms p50**', 'pod_add_ms.own_host.p50', 'probe_ms.own_host.p50'),
  row('… p99', 'pod_add_ms.own_host.p99', 'probe_ms.own_host.p99'),
  row('… another host lets packets through (R), ms p50', 'pod_add_ms.other_host.p50', 'probe_ms.other_host.p50'),
  row('… p99', 'pod_add_ms.other_host.p99', 'probe_ms.other_host.p99'),
  row("**pod add, the controller's word: own host ready, ms p50**", 'pod_add_ms.realized.p50', 'pod_add_parallel_ms.installed.p50'),
  row('… p99', 'pod_add_ms.realized.p99', 'pod_add_parallel_ms.installed.p99'),
  row('**pod add, all hosts, ms p50**', 'pod_add_ms.everywhere.p50', 'pod_add_parallel_ms.everywhere.p50'),
  row('… p99', 'pod_add_ms.everywhere.p99', 'pod_add_parallel_ms.everywhere.p99'),
  row('**CPU ms a pod, all processes**', 'pod_add.cpu_ms_per_pod', 'pod_add_parallel.cpu_ms_per_pod'),
  row('**hosts changed by one pod**', 'blast.hosts_changed_per_pod'),
  row('flows changed by one pod: own host', 'blast.flows_changed_own_host'),
  row('… all others', 'blast.flows_changed_other_hosts'),
  row('**bulk, pods/s until ready everywhere**', 'bulk_everywhere_pods_per_s', undefined, 'more'),
  row('… CPU ms a pod', 'bulk.cpu_ms_per_pod'),
  row('flows a host after cold start', 'flows_per_host.after_cold_start'),
  row('flows a host at the end', 'flows_per_host.at_end'),
  row('resident MiB of one ovs-vswitchd', 'rss_mib.ovs_vswitchd.mean'),
]

/** Both systems' own processes: centre and hosts, without Open vSwitch's. */
const CONTROL_PLANE = {
  Heddle: ['rss_mib.controller.mean'],
  OVN: ['rss_mib.northd.mean', 'rss_mib.nb_ovsdb.mean', 'rss_mib.sb_ovsdb.mean', 'rss_mib.ovn_controller.total'],
} as const

const BUSY_PHASES = {
  Heddle: ['cold_start', 'pod_add', 'bulk'],
  OVN: ['cold_start', 'pod_add_parallel', 'bulk'],
} as const

/** `bench compare FILE...`: files of equal size stand beside each other, each of Heddle's with its ratio to each of OVN's. */
export function compare(paths: readonly string[]): Promise<void> {
  if (paths.length === 0) throw usage('compare: which result files?')
  const bySize = groupBySize(paths.map(readRun))
  for (const [size, runs] of bySize) process.stdout.write(`${table(size, runs)}\n`)
  return Promise.resolve()
}

function groupBySize(runs: readonly Run[]): Map<string, Run[]> {
  const groups = new Map<string, Run[]>()
  for (const run of runs) groups.set(run.size, [...(groups.get(run.size) ?? []), run])
  return groups
}

function readRun(path: string): Run {
  const values = new Map<string, string>()
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new BenchError(`cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`)
  }
  for (const line of text.split('\n')) {
    const [, key, value] = /^([\w.-]+): (.*)$/.exec(line) ?? []
    if (key !== undefined && value !== undefined) values.set(key, value)
  }
  const hosts = values.get('hosts')
  const pods = values.get('pods_per_host')
  if (hosts === undefined || pods === undefined) throw new BenchError(`${path} is no result: it names no hosts and pods_per_host`)
  const system = values.has('version.ovn-northd') ? 'OVN' : 'Heddle'
  const size = `${hosts} × ${pods}${values.get('placement') === 'packed' ? ', packed' : ''}`
  return { name: basename(path, extname(path)), size, system, values }
}

function table(size: string, runs: readonly Run[]): string {
  const ours = runs.filter(({ system }) => system === 'Heddle')
  const theirs = runs.filter(({ system }) => system === 'OVN')
  const pairs = ours.flatMap((heddle) => theirs.map((ovn) => ({ heddle, ovn })))
  const columns = [...ours, ...theirs]
  const heads = [
    `${size} (hosts × pods)`,
    ...columns.map(({ system, name }) => `${system} \`${name}\``),
    ...pairs.map(({ heddle, ovn }) => (pairs.length === 1 ? 'times better' : `${heddle.name} against ${ovn.name}`)),
  ]
  const lines = [
    ...ROWS.map((entry) => [
      entry.title,
      ...columns.map((run) => valueOf(run, entry) ?? '–'),
      ...pairs.map(({ heddle, ovn }) => ratio(valueOf(heddle, entry), valueOf(ovn, entry), entry.better)),
    ]),
    [
      'resident MiB of the control plane, all hosts',
      ...columns.map((run) => controlPlane(run) ?? '–'),
      ...pairs.map(({ heddle, ovn }) => ratio(controlPlane(heddle), controlPlane(ovn), 'less')),
    ],
    ['cores taken by others: cold / adds / bulk', ...columns.map(coresOfOthers), ...pairs.map(() => '')],
  ]
  return [heads, heads.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n') + '\n'
}

function valueOf({ system, values }: Run, { heddle, ovn }: Row): string | undefined {
  return values.get(system === 'OVN' ? ovn : heddle)
}

function ratio(ours: string | undefined, theirs: string | undefined, better: Row['better']): string {
  const [mine, other] = [Number(ours), Number(theirs)]
  if (ours === undefined || theirs === undefined || !Number.isFinite(mine) || !Number.isFinite(other)) return '–'
  const [above, below] = better === 'less' ? [other, mine] : [mine, other]
  if (below === 0) return above === 0 ? '1' : '∞'
  return (above / below).toPrecision(above / below < 100 ? 2 : 3)
}

function controlPlane({ system, values }: Run): string | undefined {
  const sizes = CONTROL_PLANE[system].map((key) => Number(values.get(key)))
  const total = sizes.reduce((sum, size) => sum + size, 0)
  return Number.isFinite(total) ? total.toFixed(0) : undefined
}

function coresOfOthers({ system, values }: Run): string {
  return BUSY_PHASES[system]
    .map((phase) => Number(values.get(`${phase}.others_cpu_s`)) / Number(values.get(`${phase}.wall_s`)))
    .map((cores) => (Number.isFinite(cores) ? cores.toFixed(1) : '–'))
    .join(' / ')
}
