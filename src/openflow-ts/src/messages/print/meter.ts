import { type Meter, METER_FLAGS, METERS } from '../spec/meter.js'
import type { MessageOf, MultipartEntry } from '../table.js'
import { hex, printDuration } from './common.js'

const NAMES = new Map<number, string>([
  [METERS.ALL, 'all'],
  [METERS.CONTROLLER, 'controller'],
  [METERS.SLOWPATH, 'slowpath'],
])

export const printMeterId = (id: number): string => NAMES.get(id) ?? String(id)

const BAND_TYPES = ['drop', 'dscp_remark'] as const

const FLAG_ORDER = Object.keys(METER_FLAGS)

function printFlags(flags: Meter['flags']): string {
  const names = FLAG_ORDER.filter((flag) => (flags as readonly unknown[]).includes(flag))
  const others = flags.filter((flag) => typeof flag === 'number').map((bits) => `flags:${hex(bits)}`)
  return [...names, ...others].map((flag) => `${flag} `).join('')
}

/** A meter as dump-meters prints it: a line for itself, one for each band. */
function printMeter(meter: Meter): string {
  let text = `meter=${printMeterId(meter.meter_id)} ${printFlags(meter.flags)}bands=\n`
  for (const band of meter.bands) {
    text += `type=${band.type} rate=${band.rate}`
    if (meter.flags.includes('burst')) text += ` burst_size=${band.burst_size}`
    if (band.type === 'dscp_remark') text += ` prec_level=${band.prec_level}`
    text += '\n'
  }
  return text
}

export const printMeterConfig = (entries: readonly Meter[]): string => `\n${entries.map(printMeter).join('\n')}`

const COMMANDS = { add: 'ADD', modify: 'MOD', delete: 'DEL' } as const

export const printMeterMod = (mod: MessageOf<'METER_MOD'>): string =>
  ` ${COMMANDS[mod.command]} ${printMeter({ meter_id: mod.meter_id, flags: mod.flags ?? [], bands: mod.bands ?? [] })}`

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
  `\n${entries.map(printStats).join('\n')}`

export function printMeterFeatures(entries: readonly MultipartEntry<'METER_FEATURES_STATS'>[]): string {
  return entries
    .map((features) => {
      const types = BAND_TYPES.filter((_, i) => (features.band_types & (2 << i)) !== 0)
      const capabilities = Object.entries(METER_FLAGS).filter(([, bit]) => (features.capabilities & bit) !== 0)
      return (
        `\nmax_meter:${features.max_meter} max_bands:${features.max_bands} max_color:${features.max_color}\n` +
        `band_types:${types.length === 0 ? ' 0' : types.map((type) => ` ${type}`).join('')}\n` +
        `capabilities:${capabilities.length === 0 ? ' 0' : capabilities.map(([name]) => ` ${name}`).join('')}\n`
      )
    })
    .join('')
}
