import { TextError } from '../errors.js'
import {
  METER_FLAGS,
  type MeterBand,
  type MeterCommand,
  type MeterFlag,
  type MeterMod,
  METERS,
} from '../messages/spec/meter.js'
import { strToU32, strToU8 } from './numbers.js'

const METER_NAMES: Readonly<Record<string, number>> = {
  all: METERS.ALL,
  controller: METERS.CONTROLLER,
  slowpath: METERS.SLOWPATH,
}

const NAME_ENDS = '=, \t\r\n'
const VALUE_ENDS = ', \t\r\n'

/** Takes words off a text as C's strtok_r does. */
class Words {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  next(ends: string): string | undefined {
    const text = this.#text
    while (this.#at < text.length && ends.includes(text.charAt(this.#at))) this.#at++
    if (this.#at >= text.length) return undefined
    const start = this.#at
    while (this.#at < text.length && !ends.includes(text.charAt(this.#at))) this.#at++
    const word = text.slice(start, this.#at)
    this.#at++
    return word
  }

  /** What belongs to a name. @throws TextError */
  valueOf(name: string): string {
    const value = this.next(VALUE_ENDS)
    if (value === undefined) throw new TextError(`field ${name} missing value`)
    return value
  }
}

const isFlag = (word: string): word is MeterFlag => Object.hasOwn(METER_FLAGS, word)

function meterNumber(value: string): number {
  const named = METER_NAMES[value]
  if (named !== undefined) return named
  const meter = strToU32(value)
  if (meter > METERS.MAX || meter === 0) throw new TextError('invalid value for meter')
  return meter
}

interface Head {
  meter_id: number
  readonly flags: Set<MeterFlag>
}

function parseHead(text: string, takesFlags: boolean): Head {
  const head: Head = { meter_id: 0, flags: new Set() }
  const words = new Words(text)
  for (let word = words.next(NAME_ENDS); word !== undefined; word = words.next(NAME_ENDS)) {
    if (takesFlags && isFlag(word)) {
      head.flags.add(word)
      continue
    }
    const value = words.valueOf(word)
    if (word !== 'meter') throw new TextError(`unknown keyword ${word}`)
    head.meter_id = meterNumber(value)
  }
  if (head.meter_id === 0) throw new TextError("must specify 'meter'")
  return head
}

interface BandDraft {
  readonly type: MeterBand['type']
  rate: number
  burst_size: number
  prec_level: number
}

const BAND_SETTERS: ReadonlyMap<string, (band: BandDraft, value: string) => void> = new Map([
  ['rate', (band: BandDraft, value: string) => { band.rate = strToU32(value) }],
  ['burst_size', (band: BandDraft, value: string) => { band.burst_size = strToU32(value) }],
  ['prec_level', (band: BandDraft, value: string) => { band.prec_level = strToU8(value, 'prec_level') }],
])

function parseBands(text: string): BandDraft[] {
  const bands: BandDraft[] = []
  const words = new Words(text)
  for (let word = words.next(NAME_ENDS); word !== undefined; word = words.next(NAME_ENDS)) {
    const value = words.valueOf(word)
    const band = bands.at(-1)
    if (word === 'type') {
      if (value !== 'drop' && value !== 'dscp_remark') throw new TextError(`field ${word} unknown value ${value}`)
      bands.push({ type: value, rate: 0, burst_size: 0, prec_level: 0 })
    } else if (band === undefined) {
      throw new TextError("band must start with the 'type' keyword")
    } else {
      const set = BAND_SETTERS.get(word)
      if (set === undefined) throw new TextError(`unknown keyword ${word}`)
      set(band, value)
    }
  }
  if (bands.length === 0) throw new TextError('meter must have bands')
  return bands
}

function checkBand(band: BandDraft, bursts: boolean): MeterBand {
  const { type, rate, burst_size, prec_level } = band
  if (type === 'dscp_remark' && prec_level === 0) throw new TextError("'dscp_remark' band must have 'prec_level'")
  if (type === 'drop' && prec_level !== 0) throw new TextError("Only 'dscp_remark' band may have 'prec_level'")
  if (rate === 0) throw new TextError("band must have 'rate'")
  if (bursts && burst_size === 0) throw new TextError("band must have 'burst_size' when 'burst' flag is set")
  if (!bursts && burst_size !== 0) throw new TextError("band may have 'burst_size' only when 'burst' flag is set")
  return type === 'drop' ? { type, rate, burst_size } : { type, rate, burst_size, prec_level }
}

/** From the word `band` on, what is behind the next equals sign. */
function splitBands(text: string): readonly [head: string, bands: string] {
  const at = text.indexOf('band')
  const equals = at < 0 ? -1 : text.indexOf('=', at + 1)
  if (equals < 0) throw new TextError('must specify bands')
  return [text.slice(0, at), text.slice(equals + 1)]
}

/**
 * Parses what ovs-ofctl takes for add-meter and mod-meter and, of the meter alone, for del-meters; OpenFlow 1.3+.
 * @throws TextError
 */
export function parseMeterMod(command: MeterCommand, text: string): MeterMod {
  if (command === 'delete') return { command, meter_id: parseMeter(text) }
  const [headText, bandText] = splitBands(text)
  const { meter_id, flags } = parseHead(headText, true)
  if (flags.size === 0) throw new TextError("meter must specify either 'kbps' or 'pktps'")
  const bands = parseBands(bandText).map((band) => checkBand(band, flags.has('burst')))
  return { command, meter_id, flags: [...flags], bands }
}

/** Parses `meter=...`, as dump-meters and meter-stats take it. @throws TextError */
export const parseMeter = (text: string): number => parseHead(text, false).meter_id
