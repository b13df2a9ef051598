import { HeddleError, invalid } from '../model/errors.js'
import { overlapsBetween } from './admit-network.js'
import { isActive } from './peerings.js'
import { type KindRules, recordBase, takeName } from './rules.js'

/** A peering is one side's word; it acts once the other side has given it, too. */
export const peeringRules: KindRules<'Peering'> = {
  admit(tx, ref, spec, current, now) {
    const tenant = ref.tenant ?? ''
    if (spec.peer === tenant) throw invalid([{ pointer: '/peer', detail: 'is this tenant itself' }])
    if (current !== undefined) tx.delete(`peers/${tenant}/${current.spec.peer}`)
    takeName(tx, `peers/${tenant}/${spec.peer}`, `peerings/${tenant}/${ref.name}`, {
      pointer: '/peer',
      detail: `tenant ${tenant} has a peering with ${spec.peer} already`,
    })
    const [overlap] = isActive(tx, tenant, spec.peer) ? overlapsBetween(tx, tenant, spec.peer) : []
    if (overlap !== undefined) {
      throw new HeddleError('CONFLICT', overlap, [{ pointer: '/peer', detail: overlap }])
    }
    return recordBase(current, spec, now)
  },

  release(tx, ref, { spec }) {
    tx.delete(`peers/${ref.tenant ?? ''}/${spec.peer}`)
  },
}
