import assert from 'node:assert/strict'
import fc from 'fast-check'
import { checkInvariants } from './invariants.js'
import { commands } from './commands.js'
import { expectedRefusal } from './refusals.js'
import { deleteEverything, dump, newWorld, run } from './world.js'

describe('admission under random commands', function () {
  this.timeout(120_000)

  it('keeps its books, refuses exactly what it must, and changes nothing when it refuses', async () => {
    await fc.assert(
      fc.asyncProperty(commands, async (list) => {
        const world = newWorld()
        for (const command of list) {
          const before = dump(world.store)
          const revision = world.store.revision
          const expected = expectedRefusal(world, command)
          const { code, error } = await run(world, command)
          assert.equal(code, expected, `${JSON.stringify(command)}: ${error?.message ?? 'accepted'}`)
          if (code !== undefined) {
            assert.equal(dump(world.store), before)
            assert.equal(world.store.revision, revision)
          }
          checkInvariants(world.store)
        }
        await deleteEverything(world)
        const left = Array.from(world.store.list(''), ({ key }) => key)
        assert.deepEqual(
          left.filter((key) => !key.startsWith('counters/')),
          [],
        )
        await world.store.close()
      }),
      { numRuns: 300 },
    )
  })
})
