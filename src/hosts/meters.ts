import type { Connection, Message, Meter, PeerError } from 'openflow-ts'

/** Meters of br-int up to this number are ours; bundles do not carry them, so they go before the flows that name them. */
const LAST_OF_OURS = 0xffff

export interface MeterDiff {
  /** New or changed: before the flows. */
  readonly put: Message[]
  /** Gone: after the flows. */
  readonly remove: Message[]
}

/** From the meters that a switch has to those that it should have. */
export function diffMeters(wanted: ReadonlyMap<number, Meter>, actual: Iterable<Meter>): MeterDiff {
  const missing = new Map(wanted)
  const put: Message[] = []
  const remove: Message[] = []
  for (const meter of actual) {
    const { meter_id } = meter
    if (meter_id > LAST_OF_OURS) continue
    const target = wanted.get(meter_id)
    if (target === undefined) remove.push(deleteMeter(meter_id))
    else if (!sameMeter(meter, target)) put.push(meterMod('modify', target))
    missing.delete(meter_id)
  }
  return { put: [...put, ...Array.from(missing.values(), (meter) => meterMod('add', meter))], remove }
}

export async function dumpMeters(connection: Connection): Promise<Meter[]> {
  return await connection.multipart('METER_CONFIG_STATS', {})
}

/** Sends meter-mods; resolves when the switch has done them. Throws the first PeerError. */
export async function sendMeters(connection: Connection, mods: readonly Message[]): Promise<void> {
  if (mods.length === 0) return
  const xids = new Set<number>()
  const failures: PeerError[] = []
  const listen = (error: PeerError, { xid }: { readonly xid?: number }): void => {
    if (xid !== undefined && xids.has(xid)) failures.push(error)
  }
  connection.on('peer_error', listen)
  try {
    for (const mod of mods) xids.add(connection.send(mod))
    await connection.barrier()
  } finally {
    connection.off('peer_error', listen)
  }
  const [first] = failures
  if (first !== undefined) throw first
}

function meterMod(command: 'add' | 'modify', { meter_id, flags, bands }: Meter): Message {
  return { type: 'METER_MOD', command, meter_id, flags, bands }
}

function deleteMeter(meter_id: number): Message {
  return { type: 'METER_MOD', command: 'delete', meter_id }
}

function sameMeter(a: Meter, b: Meter): boolean {
  return JSON.stringify([[...a.flags].sort(), a.bands]) === JSON.stringify([[...b.flags].sort(), b.bands])
}
