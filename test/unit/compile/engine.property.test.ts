import fc from 'fast-check'
import type { Compiler } from '../../../src/compile/engine.js'
import type { HostDelta } from '../../../src/compile/wanted.js'
import { commands } from '../intent/commands.js'
import { newWorld, run } from '../intent/world.js'
import { assertSameWanted, compilerOf, Follower } from './support.js'

const HOSTS = ['h1', 'h2', 'h3']

/** Hosts that follow a compiler's deltas, and are compared with it. */
class Followers {
  readonly #hosts = new Map(HOSTS.map((host) => [host, new Follower()]))
  readonly #compiler: Compiler

  constructor(compiler: Compiler) {
    this.#compiler = compiler
    for (const [host, follower] of this.#hosts) {
      for (const [key, flow] of compiler.wanted(host).flows) follower.flows.set(key, flow)
    }
  }

  follow(deltas: readonly HostDelta[]): void {
    for (const delta of deltas) this.#hosts.get(delta.host)!.apply(delta, this.#compiler.wanted(delta.host))
    for (const [host, follower] of this.#hosts) assertSameWanted(follower, this.#compiler.wanted(host))
  }
}

describe('compiler under random commits', function () {
  this.timeout(120_000)

  it('is after each commit as if compiled anew, and its deltas lead exactly there', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (list) => {
        const world = newWorld()
        const compiler = compilerOf(world.store)
        const followers = new Followers(compiler)
        world.store.watch(0, (commit) => {
          followers.follow(compiler.apply(commit))
        })
        for (const command of list) {
          const revision = world.store.revision
          await run(world, command)
          if (world.store.revision === revision) continue
          const anew = compilerOf(world.store)
          for (const host of HOSTS) assertSameWanted(compiler.wanted(host), anew.wanted(host))
        }
        await world.store.close()
      }),
      { numRuns: 60 },
    )
  })

  it('never lets two ports share a number, whatever Open vSwitch reports and in whatever order', async () => {
    const report = fc.record({
      host: fc.constantFrom(...HOSTS),
      pick: fc.nat(20),
      ofport: fc.option(fc.constantFrom(1, 2, 16, 17, 18, 19, 30), { nil: undefined, freq: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(commands, fc.array(report, { maxLength: 40 }), async (list, reports) => {
        const world = newWorld()
        const compiler = compilerOf(world.store)
        const followers = new Followers(compiler)
        world.store.watch(0, (commit) => {
          followers.follow(compiler.apply(commit))
        })
        for (const [i, command] of list.entries()) {
          await run(world, command)
          const { host, pick, ofport } = reports[i % (reports.length + 1)] ?? { host: 'h1', pick: 0, ofport: undefined }
          const names = [...compiler.wanted(host).ports.keys()]
          const port = names[pick % Math.max(names.length, 1)]
          if (port === undefined) continue
          const delta = compiler.observeOfport(host, port, ofport)
          followers.follow(delta === undefined ? [] : [delta])
        }
        // Reported as asked for, one after the other, everything is as if nothing had ever been reported.
        for (const host of HOSTS) {
          for (const port of compiler.wanted(host).ports.keys()) compiler.observeOfport(host, port, undefined)
          assertSameWanted(compiler.wanted(host), compilerOf(world.store).wanted(host))
        }
        await world.store.close()
      }),
      { numRuns: 60 },
    )
  })
})
