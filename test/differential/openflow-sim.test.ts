import fc from 'fast-check'
import { compareTraces, RealSwitch } from './sim-real.js'
import { CT_NEXT, drawPacket, drawPipeline } from './sim-pipelines.js'
import { hasOfctl } from './openflow-support.js'

/** `HEDDLE_SIM_PIPELINES=N` draws more. */
const PIPELINES = Number(process.env['HEDDLE_SIM_PIPELINES'] ?? 40)
const PACKETS = 20

describe('simulator beside ofproto/trace', function () {
  this.timeout(0)
  let real: RealSwitch

  before(async function () {
    if (!hasOfctl()) this.skip()
    real = await RealSwitch.start()
  })

  after(() => real.stop())

  it('says the same of random packets in random pipelines', async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (g) => {
        const model = await real.load(drawPipeline(g))
        for (let i = 0; i < PACKETS; i++) {
          const next = g(fc.array<string>, fc.constantFrom<string>(...CT_NEXT), { maxLength: 3 })
          await compareTraces(real, model, drawPacket(g), next)
        }
      }),
      { numRuns: PIPELINES, endOnFailure: true },
    )
  })
})
