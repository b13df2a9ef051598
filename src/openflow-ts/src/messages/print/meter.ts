import { type Meter, METER_FLAGS, METERS } from '../spec/meter.js'
import type { MessageOf, MultipartEntry } from '../table.js'
import { bitNames, hex, printDuration } from './common.js'

const NAMES = new Map<number, string>([
  [METERS.ALL, 'all'],
  [METERS.CONTROLLER, 'controller'],
  [METERS.SLOWPATH, 'slowpath'],
])

/** A meter's number, or the name of what stands for no single meter. */
export const printMeterId = (id: number): string => NAMES.get(id) ?? (id <= METERS.MAX ? String(id) : 'unknown')

/** By the bits of OFPMBT_*. */
const BAND_TYPES = { drop: 2, dscp_remark: 4 } as const

const FLAG_ORDER = Object.keys(METER_FLAGS)

function printFlags(flags: Meter['flags']): string {
  const names = FLAG_ORDER.filter((flag) => (flags as readonly unknown[]).includes(flag))
  const others = flags.filter((flag) => typeof flag === 'number').map((bits) => `flags:${hex(bits)}`)
  return [...names, ...others].map((flag) => `${flag} `).join('')
}

/** A meter as dump-meters prints it: a line for itself, one for each band. */
export function formatMeter(meter: Meter): string {
  let text = `meter=${printMeterId(meter.meter_id)} ${printFlags(meter.flags)}bands=\n`
  for (const band of meter.bands) {
    text += `type=${band.type} rate=${band.rate}`
    if (meter.flags.includes('burst')) text += ` burst_size=${band.burst_size}`
    if (band.type === 'dscp_remark') text += ` prec_level=${band.prec_level}`
    text += '\n'
  }
  return text
}

export const printMeterConfig = (entries: readonly Meter[]): string =>
  entries.map((meter) => `\n${formatMeter(meter)}`).join('')

const COMMANDS = { add: 'ADD', modify: 'MOD', delete: 'DEL' } as const

export const printMeterMod = (mod: MessageOf<'METER_MOD'>): string =>
  ` ${COMMANDS[mod.command]} ${formatMeter({ meter_id: mod.meter_id, flags: mod.flags ?? [], bands: mod.bands ?? [] })}`

function printStats(stats: MultipartEntry<'METER_STATS'>): string {
  let text = `meter:${printMeterId(stats.meter_id)} flow_count:${stats.flow_count} `
  text += `packet_in_count:${stats.packet_in_count.toString()} byte_in_count:${stats.byte_in_count.toString()} `
  text += `duration:${printDuration(stats.duration_sec, stats.duration_nsec)} bands:\n`
  stats.bands.forEach((band, i) => {
    text += `${i}: packet_count:${band.packet_count.toString()} byte_count:${band.byte_count.toString()}\n`
  })
  return text
}

export const printMeterStats = (entries: readonly MultipartEntry<'METER_STATS'>[]): string =>
  entries.map((stats) => `\n${printStats(stats)}`).join('')

export const printMeterFeatures = (entries: readonly MultipartEntry<'METER_FEATURES_STATS'>[]): string =>
  entries
    .map(
      ({ max_meter, max_bands, max_color, band_types, capabilities }) =>
        `\nmax_meter:${max_meter} max_bands:${max_bands} max_color:${max_color}\n` +
        `band_types: ${bitNames(band_types, BAND_TYPES)}\ncapabilities: ${bitNames(capabilities, METER_FLAGS)}\n`,
    )
    .join('')
