import { TextError } from '../errors.js'
import { parseUint } from './scan.js'

/** Names of the bits of a field of flags, by bit number. */
export type FlagNames = readonly (string | undefined)[]

export const CT_STATE_NAMES: FlagNames = ['new', 'est', 'rel', 'rpl', 'inv', 'trk', 'snat', 'dnat']
export const TCP_FLAG_NAMES: FlagNames = [
  ...['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr', 'ns'],
  ...['[200]', '[400]', '[800]'],
]
export const TUN_FLAG_NAMES: FlagNames = ['oam']

/** `+a-b`: the bits of the mask, from the lowest on, each as it must be. */
export function formatFlags(names: FlagNames, value: number, mask: number): string {
  let text = ''
  for (let bit = 0; bit < 32; bit++) {
    const one = (1 << bit) >>> 0
    if ((mask & one) === 0) continue
    text += ((value & one) === 0 ? '-' : '+') + (names[bit] ?? `0x${one.toString(16)}`)
  }
  return text
}

/** `a|b`, 0 for none. */
export function formatFlagSet(names: FlagNames, value: number): string {
  const set: string[] = []
  let rest = value
  names.forEach((name, bit) => {
    if (name !== undefined && (rest & (1 << bit)) !== 0) set.push(name)
    if (name !== undefined) rest &= ~(1 << bit)
  })
  if (rest !== 0) set.push(`0x${(rest >>> 0).toString(16)}`)
  return set.length === 0 ? '0' : set.join('|')
}

function bitOf(names: FlagNames, name: string, field: string): number {
  const bit = names.indexOf(name.toLowerCase())
  if (bit < 0) throw new TextError(`${field}: unknown flag "${name}"`)
  return (1 << bit) >>> 0
}

const SIGNED = /[+-][^+-]+/gy

/** `+a-b`, `a|b`, or numbers as value[/mask]. @throws TextError on an unknown or repeated flag */
export function parseFlags(names: FlagNames, text: string, ones: number, field: string): readonly [number, number] {
  if (/^[0-9]/.test(text)) {
    const [value = '', mask] = text.split('/')
    return [parseUint(value, ones, field), mask === undefined ? ones : parseUint(mask, ones, `mask of ${field}`)]
  }
  if (!/^[+-]/.test(text)) {
    let value = 0
    if (text !== '') for (const name of text.split('|')) value |= bitOf(names, name, field)
    return [value >>> 0, ones]
  }
  let value = 0
  let mask = 0
  const parts = text.match(SIGNED) ?? []
  if (parts.join('') !== text) throw new TextError(`${field}: bad flags "${text}"`)
  for (const part of parts) {
    const bit = bitOf(names, part.slice(1), field)
    if ((mask & bit) !== 0) throw new TextError(`${field}: flag "${part.slice(1)}" is given twice`)
    mask |= bit
    if (part.startsWith('+')) value |= bit
  }
  return [value >>> 0, mask >>> 0]
}
