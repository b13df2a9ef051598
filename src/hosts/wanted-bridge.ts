import { createHash } from 'node:crypto'
import { datapathTypeOf } from '../intent/view.js'
import type { HostRecord } from '../model/records.js'

export const BRIDGE = 'br-int'

/** The integration bridge of one host, without its ports. */
export interface WantedBridge {
  readonly host: string
  readonly datapathType: 'system' | 'netdev'
  /** 16 hex digits, as in Bridge.datapath_id. */
  readonly datapathId: string
  /** Controller.target, like tcp:192.0.2.1:6653. */
  readonly controller: string
}

const datapathIds = new WeakMap<HostRecord, string>()

/** A host's datapath id: made from its uid, so that it stays through restarts and differs after delete and create. */
export function datapathIdOf(record: HostRecord): string {
  const known = datapathIds.get(record)
  if (known !== undefined) return known
  const digest = createHash('sha256').update(record.uid).digest('hex')
  // The upper 16 bits are a switch's own choice, the lower 48 look like a MAC: keep clear of multicast there.
  const id = `4865${digest.slice(0, 1)}2${digest.slice(2, 12)}`
  datapathIds.set(record, id)
  return id
}

export function wantedBridge(host: string, record: HostRecord, controller: string): WantedBridge {
  return { host, datapathType: datapathTypeOf(record.spec), datapathId: datapathIdOf(record), controller }
}
