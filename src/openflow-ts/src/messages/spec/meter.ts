import { DecodeError } from '../../errors.js'
import { type Fault, judged } from '../faults.js'
import { type Layout, listOf, optional, pad, u16, u32, u64, u8 } from '../layout.js'
import { nameOrNumber, openFlagSet } from '../names.js'
import { length16, struct } from '../struct.js'
import { duration } from './parts.js'

export const METER_COMMANDS = { add: 0, modify: 1, delete: 2 } as const
export type MeterCommand = keyof typeof METER_COMMANDS
export const METER_FLAGS = { kbps: 1, pktps: 2, burst: 4, stats: 8 } as const
export type MeterFlag = keyof typeof METER_FLAGS

/** Meters that are not one (OFPM_*). */
export const METERS = { MAX: 0xffff0000, SLOWPATH: 0xfffffffd, CONTROLLER: 0xfffffffe, ALL: 0xffffffff } as const

/** What happens above `rate` (kb/s or packets/s, as the meter's flags say). `burst_size` is in the same unit. */
export type MeterBand =
  | { readonly type: 'drop'; readonly rate: number; readonly burst_size: number }
  | { readonly type: 'dscp_remark'; readonly rate: number; readonly burst_size: number; readonly prec_level: number }

/** A meter as it is asked for, and as OFPMP_METER_CONFIG gives it. */
export interface Meter {
  readonly meter_id: number
  /** Bits without a name come as one number. */
  readonly flags: readonly (MeterFlag | number)[]
  readonly bands: readonly MeterBand[]
}

const OFPMBT = { drop: 1, dscp_remark: 2 } as const
const BAND_BYTES = 16

const badLength = (what: string, offset: number): DecodeError =>
  new DecodeError(what, { offset, reply: 'OFPBRC_BAD_LEN' })

const meterBand: Layout<MeterBand> = {
  write(w, band) {
    w.u16(OFPMBT[band.type])
    w.u16(BAND_BYTES)
    w.u32(band.rate)
    w.u32(band.burst_size)
    w.u8(band.type === 'dscp_remark' ? band.prec_level : 0)
    w.zeros(3)
  },
  read(r) {
    const { offset } = r
    if (r.remaining < BAND_BYTES) throw badLength(`${r.remaining} bytes of a band`, offset)
    const [type, length] = [r.u16(), r.u16()]
    if (length !== BAND_BYTES) throw badLength(`band of ${length} bytes`, offset)
    const [rate, burst_size, prec_level] = [r.u32(), r.u32(), r.u8()]
    r.skip(3)
    if (type === OFPMBT.drop) return { type: 'drop', rate, burst_size }
    if (type === OFPMBT.dscp_remark) return { type: 'dscp_remark', rate, burst_size, prec_level }
    throw new DecodeError(`band of type ${type}`, { offset, reply: 'OFPMMFC_BAD_BAND' })
  },
}

const flags = openFlagSet(u16, METER_FLAGS)

export interface MeterMod {
  readonly command: MeterCommand
  readonly meter_id: number
  readonly flags?: readonly (MeterFlag | number)[]
  readonly bands?: readonly MeterBand[]
}

const command = judged(nameOrNumber(u16, METER_COMMANDS), (value) =>
  typeof value === 'number' ? { what: `command ${value}`, reply: 'OFPMMFC_BAD_COMMAND' } : undefined,
) as Layout<MeterCommand>

const bothUnits = (found: readonly (MeterFlag | number)[]): Fault | undefined =>
  found.includes('kbps') && found.includes('pktps')
    ? { what: 'both kbps and pktps', reply: 'OFPMMFC_BAD_FLAGS' }
    : undefined

const oneUnit = judged(flags, bothUnits)

/** OFPT_METER_MOD, OpenFlow 1.3+. Of a meter to delete nothing but its number is looked at. */
export const meterMod: Layout<MeterMod> = {
  write(w, mod, scope) {
    command.write(w, mod.command, scope)
    flags.write(w, mod.flags ?? [], scope)
    w.u32(mod.meter_id)
    for (const band of mod.bands ?? []) meterBand.write(w, band, scope)
  },
  read(r, scope) {
    const asked = command.read(r, scope)
    const own = (asked === 'delete' ? flags : oneUnit).read(r, scope)
    const meter_id = r.u32()
    if (asked !== 'delete') return { command: asked, flags: own, meter_id, bands: listOf(meterBand).read(r, scope) }
    r.skip(r.remaining)
    return { command: asked, flags: [], meter_id, bands: [] }
  },
}

/** Asks for one meter, or with METERS.ALL for all. */
export const meterRequest = struct({ meter_id: optional(u32, METERS.ALL), _1: pad(4) })

export const meterConfig: Layout<Meter> = struct({
  _length: length16,
  flags,
  meter_id: u32,
  bands: listOf(meterBand),
})

export const meterStats = struct({
  meter_id: u32,
  _length: length16,
  _1: pad(6),
  flow_count: u32,
  packet_in_count: u64,
  byte_in_count: u64,
  ...duration,
  bands: listOf(struct({ packet_count: u64, byte_count: u64 })),
})

export const meterFeatures = struct({
  max_meter: u32,
  band_types: u32,
  capabilities: u32,
  max_bands: u8,
  max_color: u8,
  _1: pad(2),
})
