import { spawn } from 'node:child_process'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { now } from './clock.js'
import { BenchError, usage } from './errors.js'
import { flowLines } from './flow-file.js'
import { Processes } from './processes.js'
import { log, Report } from './report.js'
import { type SiteHost, startHosts } from './site.js'

const ROUNDS = 3
const BRIDGE = 'br0'

/** The two programs, as they are started. */
const TOOLS = {
  ovs: ['ovs-ofctl'],
  heddle: [process.execPath, fileURLToPath(new URL('../../bin/heddle-ofctl.js', import.meta.url))],
} as const

type Tool = keyof typeof TOOLS

/** Wall time in seconds of one run of a whole process, its output written to a file. */
async function timed(tool: Tool, args: readonly string[], env: NodeJS.ProcessEnv, output: string): Promise<number> {
  const [program, ...before] = TOOLS[tool]
  const file = await open(output, 'w')
  try {
    const start = now()
    const child = spawn(program, [...before, ...args], {
      stdio: ['ignore', file.fd, 'inherit'],
      env: { ...process.env, ...env },
    })
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject).once('exit', resolve)
    })
    if (code !== 0) throw new BenchError(`${tool}: ${args.join(' ')} ended with ${String(code)}`)
    return now() - start
  } finally {
    await file.close()
  }
}

interface Contest {
  readonly name: string
  readonly args: readonly string[]
  /** What has to be so before each run. */
  readonly before?: () => Promise<void>
}

/** Runs both in turn, several times, and reports the best time of each. */
async function contest({ name, args, before }: Contest, env: NodeJS.ProcessEnv, work: string, report: Report): Promise<void> {
  const best = { ovs: Number.POSITIVE_INFINITY, heddle: Number.POSITIVE_INFINITY }
  for (let round = 1; round <= ROUNDS; round++) {
    for (const tool of ['ovs', 'heddle'] as const) {
      await before?.()
      const seconds = await timed(tool, args, env, join(work, `${name}.${tool}.out`))
      log(`${name} ${tool} round ${round}: ${seconds.toFixed(3)} s`)
      best[tool] = Math.min(best[tool], seconds)
    }
  }
  report.put(`ofctl.${name}.ovs_s`, best.ovs)
  report.put(`ofctl.${name}.heddle_s`, best.heddle)
  report.put(`ofctl.${name}.ratio`, best.heddle / best.ovs, 2)
}

async function contests(count: number, host: SiteHost, work: string, report: Report): Promise<void> {
  const file = join(work, 'flows')
  await writeFile(file, `${flowLines(count).join('\n')}\n`)
  await host.addBridge(BRIDGE)
  const { environment: env } = host
  const empty = (): Promise<void> => host.deleteFlows(BRIDGE)
  await contest({ name: 'start', args: ['--version'] }, env, work, report)
  await contest({ name: 'parse_flows', args: ['parse-flows', file] }, env, work, report)
  const bundle = ['-O', 'OpenFlow14', '--bundle', 'add-flows', BRIDGE, file]
  await contest({ name: 'add_flows_bundle', args: bundle, before: empty }, env, work, report)
  await contest({ name: 'dump_flows', args: ['-O', 'OpenFlow14', 'dump-flows', BRIDGE] }, env, work, report)
}

/** `bench ofctl [FLOWS]`: heddle-ofctl beside ovs-ofctl, whole processes, best of three each. */
export async function benchOfctl([count = '100000']: readonly string[]): Promise<void> {
  if (!/^[1-9]\d{0,6}$/.test(count)) throw usage(`ofctl: "${count}" is no number of flows`)
  const work = await mkdtemp(join(tmpdir(), `heddle-bench-ofctl-${process.pid}-`))
  const processes = new Processes()
  const report = new Report()
  try {
    report.put('ofctl.flows', Number(count))
    const [host] = await startHosts(1, work, undefined, processes)
    if (host !== undefined) await contests(Number(count), host, work, report)
  } finally {
    await processes.stop()
    await rm(work, { recursive: true, force: true })
  }
}
