import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { uniqueLabName } from '../../tools/lab/names.js'
import { run, type RunResult } from '../../tools/lab/run.js'
import { needsLab } from '../support/lab.js'

const node = [process.execPath, '--import', 'tsx', '--conditions=source']
const path = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

describe('lab command', () => {
  // A registry of our own: "all stale labs" are then ours alone.
  let registry: string

  const lab = (...args: string[]): Promise<RunResult> =>
    run([...node, path('../../tools/lab/main.ts'), ...args], { env: { HEDDLE_LABS: registry } })

  const namespacesOf = (name: string): string[] =>
    (existsSync('/run/netns') ? readdirSync('/run/netns') : []).filter((each) => each.startsWith(`hl-${name}.`))

  before(function () {
    needsLab(this)
    registry = join(mkdtempSync(join(tmpdir(), 'heddle-test-')), 'labs')
  })

  after(async () => {
    if (process.getuid?.() !== 0) return
    await lab('down', '--all')
    rmSync(join(registry, '..'), { recursive: true, force: true })
  })

  it('makes, shows and removes a lab', async () => {
    const name = uniqueLabName()
    const up = await lab('up', '--name', name, '--hosts', '2', '--manager', 'tcp:controller:6640', '--json')
    assert.equal(up.code, 0, up.stderr)
    const made = JSON.parse(up.stdout) as { controllerAddress: string; stale: boolean }
    assert.equal(made.stale, false, 'a lab of the command outlives it')

    const [shown] = JSON.parse((await lab('status', '--json')).stdout) as { name: string; hosts: unknown[] }[]
    assert.equal(shown?.name, name)
    assert.equal(shown.hosts.length, 2)
    assert.match((await lab('status')).stdout, /h2 +management 198\.1[89]\.\d+\.2 +underlay 172\.31\.0\.2 /)

    const manager = await lab('exec', 'h1', '--', 'ovs-vsctl', 'get-manager')
    assert.equal(manager.stdout, `tcp:${made.controllerAddress}:6640\n`)
    assert.equal((await lab('exec', '--name', name, 'h2', 'sh', '-c', 'exit 9')).code, 9)

    assert.equal((await lab('down', '--all-stale')).stdout, '', 'a lab in use was removed')
    assert.equal((await lab('down')).stdout, `${name}: removed\n`)
    assert.deepEqual(namespacesOf(name), [])
    assert.equal((await lab('status')).stdout, 'no lab\n')
  })

  it('says what is wrong, and exits with 1', async () => {
    for (const [args, message] of [
      [['down'], /there is no lab/],
      [['down', 'nope'], /no lab "nope"/],
      [['exec', 'h1', 'true'], /there is no lab/],
      [['up', '--hosts', 'two'], /not a whole number/],
      [['up', '--name', 'a/b'], /lab name "a\/b"/],
      [['sideways'], /unknown command/],
    ] as const) {
      const { code, stderr } = await lab(...args)
      assert.equal(code, 1, args.join(' '))
      assert.match(stderr, message)
    }
  })

  // The points at which the making process is killed: as soon as this is there of the lab.
  const points = {
    'its state file is written': (name: string) => existsSync(join(registry, `${name}.json`)),
    'a namespace is there': (name: string) => namespacesOf(name).length > 0,
    'a database is being started': (name: string) => existsSync(join(tmpdir(), `heddle-lab-${name}`, 'h1')),
    'a switch runs': (name: string) => existsSync(join(tmpdir(), `heddle-lab-${name}`, 'h1', 'ovs-vswitchd.pid')),
  }
  for (const [point, reached] of Object.entries(points)) {
    it(`removes a lab whose maker was killed when ${point}`, async () => {
      const name = uniqueLabName()
      const maker = make(name)
      while (!reached(name) && maker.exitCode === null) await sleep(1)
      await kill(maker)
      await removedAsStale(name)
    })
  }

  it('removes a lab whose maker was killed after it, and only then', async () => {
    const name = uniqueLabName()
    const maker = make(name)
    await once(maker.stdout!, 'data')
    assert.equal((await lab('down', '--all-stale')).stdout, '')
    assert.equal(namespacesOf(name).length, 3)
    await kill(maker)
    await removedAsStale(name)
  })

  function make(name: string): ChildProcess {
    return spawn(process.execPath, [...node.slice(1), path('../support/lab-maker.ts'), name], {
      env: { ...process.env, HEDDLE_LABS: registry },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
  }

  async function kill(maker: ChildProcess): Promise<void> {
    const ended = once(maker, 'exit')
    assert.ok(maker.kill('SIGKILL'), 'the maker ended by itself')
    await ended
  }

  async function removedAsStale(name: string): Promise<void> {
    const { stdout, stderr } = await lab('down', '--all-stale')
    assert.equal(stdout, `${name}: removed\n`, stderr)
    assert.deepEqual(namespacesOf(name), [])
    assert.equal(existsSync(join(tmpdir(), `heddle-lab-${name}`)), false)
    assert.equal(existsSync(registry), false)
  }
})
