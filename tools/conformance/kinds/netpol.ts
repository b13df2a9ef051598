import { answerNetpol } from '../netpol/answer.js'
import { Reachability } from '../netpol/reachability.js'
import { Site } from '../netpol/site.js'
import type { Kinds } from '../vector.js'

/** Matrices of who reaches whom, computed from the flows of a site that goes through the steps of the vector. */
export const NETPOL_KINDS: Kinds = {
  netpol: async ({ input }) => {
    const site = new Site()
    try {
      const output = await answerNetpol(input, async (resources) => {
        await site.become(resources)
        const reachability = new Reachability(site.compiler)
        return (attempt) => reachability.reaches({ ...attempt, family: 4 })
      })
      return { output }
    } finally {
      await site.close()
    }
  },
}
