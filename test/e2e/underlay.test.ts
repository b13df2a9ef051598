import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { batch } from '../../tools/lab/network.js'
import { skipUnlessRoot, World } from '../support/world.js'

describe('probes of the underlay', function () {
  this.timeout(180_000)
  let world: World

  before(async function () {
    skipUnlessRoot(this)
    world = await World.up(2, { settings: ['--probe-interval', '500ms'] })
    await world.network('red', 'web', { cidrs: ['10.1.0.0/16'] })
    await world.pod('red', 'web', 'a', { host: 'h1' })
    await world.pod('red', 'web', 'b', { host: 'h2' })
    await world.untilHosts('realized')
  })

  after(async () => {
    await (world as World | undefined)?.down()
  })

  it('find nothing wrong with one that carries full frames', async () => {
    await sleep(8_000)
    assert.deepEqual(await problems(), [[], []])
  })

  it('name one that drops big frames, on the side that sends them, until it carries them', async () => {
    await batch(['link set u2 mtu 1400'], world.lab.underlayNamespace)
    await until(async () => (await problems())[0]!.length > 0)
    const [first] = await problems()
    assert.match(first![0]!, /^the underlay drops packets of 1450 bytes to host h2, but not small ones/)
    await batch(['link set u2 mtu 1500'], world.lab.underlayNamespace)
    await until(async () => (await problems()).flat().length === 0)
  })

  it('tell one that drops all from one that drops big frames', async () => {
    await batch(['link set u2 down'], world.lab.underlayNamespace)
    await until(async () => (await problems())[0]!.some((text) => text === 'nothing that is sent into the tunnel to host h2 arrives'))
    await batch(['link set u2 up'], world.lab.underlayNamespace)
    await until(async () => (await problems()).flat().length === 0)
  })

  async function problems(): Promise<(readonly string[])[]> {
    return (await world.hosts()).map(({ status }) => status.underlayProblems)
  }
})

async function until(test: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 50_000
  while (!(await test())) {
    if (Date.now() > end) assert.fail('it never came to be')
    await sleep(100)
  }
}
