import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Lab, type RunResult } from '../lab/lab.js'
import { run } from '../lab/run.js'
import { startController, stopController } from './controller.js'
import { demoYaml, type Tunnel } from './example.js'
import { type Endpoint, formatMatrix, judge, measure } from './matrix.js'
import { DEMO_DIR, readState, removeDemoDir, writeState } from './state.js'

export interface DemoOptions {
  readonly hosts: number
  readonly apiPort: number
  readonly tunnels: readonly Tunnel[]
}

const UNDERLAY_MTU = 1500
const LAB_NAME = 'demo'
const CLI = fileURLToPath(new URL('../../bin/heddle.js', import.meta.url))

/** Brings all up, prints the matrix of each tunnel type; true when every cell is as it should be. */
export async function up(options: DemoOptions): Promise<boolean> {
  if (readState() !== undefined) {
    say('An earlier demo is still there: ending it first.')
    await down()
  }
  const { hosts, apiPort, tunnels } = options
  writeState({ lab: LAB_NAME })
  const results: { right: number; total: number }[] = []
  try {
    say(`Starting the controller (REST on http://127.0.0.1:${apiPort}) …`)
    const controller = await startController(apiPort)
    writeState({ lab: LAB_NAME, controller })
    say(`Starting a lab of ${hosts} hosts, each with its own ovsdb-server and ovs-vswitchd …`)
    const lab = await Lab.up({
      name: LAB_NAME,
      hosts,
      underlayMtu: UNDERLAY_MTU,
      detached: true,
      managers: ['tcp:controller:6640'],
    })
    for (const tunnel of tunnels) {
      say(`\nTwo tenants with the same addresses, over ${tunnel}:`)
      results.push(await runOver(lab, tunnel, apiPort))
    }
  } catch (error) {
    say('The demo failed; taking everything down again.')
    await down()
    throw error
  }
  const right = results.reduce((sum, result) => sum + result.right, 0)
  const total = results.reduce((sum, result) => sum + result.total, 0)
  say(lookAround(apiPort))
  say(`matrix: ${right} of ${total} as expected`)
  return right === total
}

/** Ends controller and lab and removes the demo's files; does nothing where there is no demo. */
export async function down(): Promise<void> {
  const state = readState()
  if (state === undefined) {
    say('There is no demo to end.')
    return
  }
  if (state.controller !== undefined) await stopController(state.controller)
  if (Lab.list().includes(state.lab)) await (await Lab.load(state.lab)).down()
  removeDemoDir()
  say('Controller and lab have ended; nothing is left of the demo.')
}

/** Applies the example with networks over `tunnel`, makes the pods where there are none, and pings. */
async function runOver(lab: Lab, tunnel: Tunnel, apiPort: number): Promise<{ right: number; total: number }> {
  const file = join(DEMO_DIR, 'example.yaml')
  writeFileSync(file, demoYaml(lab.hosts, tunnel, UNDERLAY_MTU))
  say(`$ heddle apply -f ${file}`)
  const applied = await heddle(apiPort, 'apply', '-f', file)
  say(indent(applied.stdout))
  const pods = await describePods(apiPort)
  if (lab.pods.length === 0) await startPods(lab, pods)
  // Only now: a pod is realized when its device is there, too.
  await heddle(apiPort, 'apply', '-f', file, '--wait', '--timeout', '60s')
  say('Every host has what is wanted.')
  const matrix = await measure(lab, pods.map((pod): Endpoint => ({ ...pod, label: `${pod.tenant}/${pod.name}` })))
  say(`\nEach row pings every column ("x" reached, "." not, "!" not as expected):\n${formatMatrix(matrix)}`)
  return judge(matrix)
}

interface PodDescription {
  readonly labPod: string
  readonly tenant: string
  readonly name: string
  readonly host: string
  readonly interface: string
  readonly mac: string
  readonly address: string
  readonly prefixLength: number
  readonly gateway: string
  readonly mtu: number
}

/** What the controller says of its pods: what a CNI plugin would set up. */
async function describePods(apiPort: number): Promise<PodDescription[]> {
  const { stdout } = await heddle(apiPort, 'get', 'pods', '-o', 'json')
  const { items } = JSON.parse(stdout) as { items: { tenant: string; name: string; host: string; status: PodDescription }[] }
  return items.map(({ tenant, name, host, status }) => ({ ...status, tenant, name, host, labPod: `${tenant}-${name}` }))
}

async function startPods(lab: Lab, pods: readonly PodDescription[]): Promise<void> {
  say(`Starting ${pods.length} pods as network namespaces …`)
  await lab.addPods(
    pods.map(({ labPod, host, interface: device, mac, address, prefixLength, gateway, mtu }) => ({
      name: labPod,
      host,
      interface: device,
      mac,
      address,
      prefixLength,
      gateway,
      mtu,
    })),
  )
}

async function heddle(apiPort: number, ...args: string[]): Promise<RunResult> {
  const result = await run([process.execPath, CLI, '--server', `http://127.0.0.1:${apiPort}`, ...args])
  if (result.code !== 0) throw new Error(`heddle ${args.join(' ')} failed:\n${result.stdout}${result.stderr}`)
  return result
}

function lookAround(apiPort: number): string {
  const server = apiPort === 7420 ? '' : ` --server http://127.0.0.1:${apiPort}`
  return `
Controller and lab go on running. Look around:
  npx heddle${server} status
  npx heddle${server} get pods
  npx heddle-ofctl dump-flows unix:${join('/tmp', `heddle-lab-${LAB_NAME}`, 'h1', 'br-int.mgmt')}
  npm run lab -- exec --name ${LAB_NAME} red-h1-a -- ping 10.1.0.1
  API docs: http://127.0.0.1:${apiPort}/docs
  example:  var/demo/example.yaml
End it all:  npm run demo -- down
`
}

function indent(text: string): string {
  return text.trimEnd().replace(/^/gm, '  ')
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}
