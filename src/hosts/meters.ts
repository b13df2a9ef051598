import type { Connection, Flow, Message, Meter, PeerError } from 'openflow-ts'
import { isOurMeter } from '../../flows/index.js'
import type { HostWanted } from '../compile/wanted.js'

/** Meters of br-int; bundles do not carry them, so they go before the flows that name them, or after. */

export interface MeterDiff {
  /** New or changed: before the flows. */
  readonly put: readonly Message[]
  readonly written: readonly Meter[]
  /** Gone: after the flows. */
  readonly remove: readonly Message[]
  readonly removed: readonly number[]
}

/** From the meters that a switch has to those that it should have, of `numbers` or of all. */
export function diffMeters(
  wanted: ReadonlyMap<number, Meter>,
  actual: ReadonlyMap<number, Meter>,
  numbers: Iterable<number> = new Set([...wanted.keys(), ...actual.keys()]),
): MeterDiff {
  const put: Message[] = []
  const written: Meter[] = []
  const removed: number[] = []
  for (const number of numbers) {
    const target = wanted.get(number)
    const existing = actual.get(number)
    if (target === undefined) {
      if (existing !== undefined && isOurMeter(number)) removed.push(number)
    } else if (existing === undefined || !sameMeter(existing, target)) {
      put.push(meterMod(existing === undefined ? 'add' : 'modify', target))
      written.push(target)
    }
  }
  return { put, written, remove: removed.map(deleteMeter), removed }
}

export async function dumpMeters(connection: Connection): Promise<Map<number, Meter>> {
  const meters = await connection.multipart('METER_CONFIG_STATS', {})
  return new Map(meters.map((meter) => [meter.meter_id, meter]))
}

/** Bits of OFPMF_KBPS, OFPMF_PKTPS and OFPMF_BURST, and of OFPMBT_DROP: what our meters are made of. */
const NEEDED_CAPABILITIES = 0b0111
const NEEDED_BANDS = 0b0010

/** How many meters the switch takes; 0 when it lacks what ours are made of. */
export async function meterRoom(connection: Connection): Promise<number> {
  const [features] = await connection.multipart('METER_FEATURES_STATS', {})
  if (features === undefined) return 0
  const { max_meter, band_types, capabilities } = features
  const able = (capabilities & NEEDED_CAPABILITIES) === NEEDED_CAPABILITIES && (band_types & NEEDED_BANDS) !== 0
  return able ? max_meter : 0
}

export interface Fitted {
  readonly meters: ReadonlyMap<number, Meter>
  /** Without those that name a meter that found no room: what they limit then passes by the flows below them. */
  readonly flows: ReadonlyMap<string, Flow>
  readonly leftOut: number
}

/** As much of what is wanted as the switch has room for; lower numbers first. */
export function fitMeters({ meters, flows }: Pick<HostWanted, 'meters' | 'flows'>, room: number): Fitted {
  if (meters.size <= room) return { meters, flows, leftOut: 0 }
  const fitting = new Map([...meters].sort(([a], [b]) => a - b).slice(0, room))
  const fits = ({ actions }: Flow): boolean =>
    actions.every((action) => {
      const number = action.type === 'meter' || action.type === 'controller' ? action.meter_id : undefined
      return number === undefined || fitting.has(number)
    })
  return {
    meters: fitting,
    flows: new Map([...flows].filter(([, flow]) => fits(flow))),
    leftOut: meters.size - fitting.size,
  }
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
