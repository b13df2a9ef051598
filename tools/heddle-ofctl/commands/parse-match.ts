/** Debugging of matches: their TLVs in text, VLAN tags in all forms, and lists of keys and values. */
import {
  DecodeError,
  decodeMatch,
  decodeOfp10Match,
  decodeOfp11Match,
  encodeMatch,
  encodeOfp10Match,
  encodeOfp11Match,
  formatMatch,
  formatMatchTlvs,
  hexDump,
  type Match,
  OF10,
  OF12,
  OF15,
  type OfVersion,
  parseMatch,
  Reader,
  readNxmFields,
  scanKeyValues,
  termOf,
  VERSION_NAMES,
  writeMatchFields,
  writeMatchTlvs,
  writeNxmCookie,
  Writer,
  writeTerms,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'

/** Calls `use` with each line of standard input; comments of a whole line and empty lines are just repeated. */
async function eachLine(run: Run, use: (line: string) => void): Promise<void> {
  const text = await run.io.stdin()
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  for (const line of lines) {
    const [content = ''] = line.split('#')
    if (line.startsWith('#')) run.print(`${line}\n`)
    else if (content.trim() === '') run.print('\n')
    else use(content)
  }
}

/** What `convert` makes of a line, and with --more its bytes. */
function printConverted(run: Run, convert: () => { readonly text: string; readonly bytes: Buffer }): void {
  try {
    const { text, bytes } = convert()
    run.print(`${text}\n`)
    if (run.options.verbosity > 0) run.print(hexDump(bytes, false))
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    run.print(`nx_pull_match() returned error ${error.reply}\n`)
  }
}

/** ovs-ofctl has it under two names. */
const parseNxMatch = (name: string): Command => ({
  name,
  usage: '',
  help: 'read matches of NXM in text from standard input, and print them as they would be sent',
  min: 0,
  max: 0,
  run(run) {
    return eachLine(run, (line) => {
      const given = new Writer()
      writeMatchTlvs(given, line)
      printConverted(run, () => {
        const { match, cookie } = readNxmFields(new Reader(given.take()), { loose: !run.options.strict })
        const w = new Writer()
        writeMatchFields(w, match, OF10)
        writeNxmCookie(w, cookie)
        const { length } = w
        w.alignFrom(0, 8)
        const bytes = w.take()
        return { text: formatMatchTlvs(new Reader(bytes.subarray(0, length))), bytes }
      })
    })
  },
})

const OXM_HEADER = 4

/** Bytes of a match of OXM whose TLVs are those of the text. */
function oxmOf(line: string): Buffer {
  const w = new Writer()
  w.u16(1)
  w.u16(0)
  writeMatchTlvs(w, line)
  w.patch16(2, w.length)
  w.alignFrom(0, 8)
  return w.take()
}

/** The TLVs of a match of OXM. */
const tlvsOf = (bytes: Buffer): string =>
  formatMatchTlvs(new Reader(bytes.subarray(OXM_HEADER, bytes.readUInt16BE(2))))

function oxmVersion(name: string): OfVersion {
  for (let version: OfVersion = OF12; version <= OF15; version++) {
    if (VERSION_NAMES[version as OfVersion].toLowerCase() === name.toLowerCase()) return version as OfVersion
  }
  throw new FatalError(`${name}: not a valid version for OXM`)
}

const parseOxm: Command = {
  name: 'parse-oxm',
  usage: 'VERSION',
  help: 'the same with matches of OXM',
  min: 1,
  max: 1,
  async run(run) {
    const version = oxmVersion(run.args[0] ?? '')
    await eachLine(run, (line) => {
      const given = oxmOf(line)
      printConverted(run, () => {
        const w = new Writer()
        encodeMatch(w, decodeMatch(new Reader(given), version, { loose: !run.options.strict }), version)
        const bytes = w.take()
        return { text: tlvsOf(bytes), bytes }
      })
    })
  },
}

const hex4 = (value: number): string => value.toString(16).padStart(4, '0')
const hex2 = (value: number): string => value.toString(16).padStart(2, '0')

const VID_AND_PRESENT = 0x1fff
const PCP_SHIFT = 13

/** Tag and mask that a match asks for. */
function tagOf(match: Match): readonly [tci: number, mask: number] {
  const [tci, mask] = termOf(match, 'vlan_tci') ?? [0, 0]
  return [Number(tci), Number(mask)]
}

const tagText = (match: Match): string => tagOf(match).map(hex4).join('/')

/** What becomes of a match that is read from TLVs, or why it is none. */
function readBack(read: () => string): string {
  try {
    return read()
  } catch (error) {
    if (error instanceof DecodeError) return error.reply
    throw error
  }
}

function throughNxm(match: Match): string {
  const w = new Writer()
  writeTerms(w, match, OF10)
  const bytes = w.take()
  const back = readBack(() => tagText(readNxmFields(new Reader(bytes)).match))
  return `NXM: ${formatMatchTlvs(new Reader(bytes))} -> ${back}\n`
}

function throughOxm(match: Match): string {
  const w = new Writer()
  w.u16(1)
  w.u16(0)
  writeTerms(w, match, OF12)
  w.patch16(2, w.length)
  w.alignFrom(0, 8)
  const bytes = w.take()
  const back = readBack(() => {
    const [tci, mask] = tagOf(decodeMatch(new Reader(bytes), OF12))
    const vid = tci & VID_AND_PRESENT
    const pcp = vid !== 0 && mask >>> PCP_SHIFT !== 0 ? hex2(tci >>> PCP_SHIFT) : '--'
    return `${hex4(vid)}/${hex4(mask & VID_AND_PRESENT)},${pcp}`
  })
  return `OXM: ${tlvsOf(bytes)} -> ${back}\n`
}

/** Where a fixed match has its wildcards and its tag, and which wildcards are those of the tag. */
interface FixedLayout {
  readonly name: string
  readonly wildcards: number
  readonly vlan: number
  readonly anyVlan: number
  readonly anyPcp: number
  readonly encode: (w: Writer, match: Match) => void
  readonly decode: (r: Reader) => Match
}

const FIXED: readonly FixedLayout[] = [
  {
    name: 'OF1.0',
    wildcards: 0,
    vlan: 18,
    anyVlan: 1 << 1,
    anyPcp: 1 << 20,
    encode: encodeOfp10Match,
    decode: (r) => decodeOfp10Match(r),
  },
  {
    name: 'OF1.1',
    wildcards: 8,
    vlan: 36,
    anyVlan: 1 << 1,
    anyPcp: 1 << 2,
    encode: encodeOfp11Match,
    decode: decodeOfp11Match,
  },
]

function throughFixed(match: Match, { name, wildcards, vlan, anyVlan, anyPcp, encode, decode }: FixedLayout): string {
  const w = new Writer()
  encode(w, match)
  const bytes = w.take()
  const any = bytes.readUInt32BE(wildcards)
  const bit = (one: number): number => ((any & one) === 0 ? 0 : 1)
  const sent = `${hex4(bytes.readUInt16BE(vlan))}/${bit(anyVlan)},${hex2(bytes.readUInt8(vlan + 2))}/${bit(anyPcp)}`
  return `${name}: ${sent} -> ${tagText(decode(new Reader(bytes)))}\n`
}

/** The low 16 bits of the number in hex at the start of a text. */
function hex16(text: string): number {
  const digits = /^\s*([+-]?)(?:0[xX])?([0-9a-fA-F]+)/.exec(text)
  if (digits === null) return 0
  const value = BigInt(`0x${digits[2] ?? '0'}`)
  return Number(BigInt.asUintN(16, digits[1] === '-' ? -value : value))
}

const checkVlan: Command = {
  name: 'check-vlan',
  usage: 'TCI MASK',
  help: 'print what becomes of a match on a VLAN tag in every form',
  min: 2,
  max: 2,
  run(run) {
    const [tci, mask] = [hex16(run.args[0] ?? ''), hex16(run.args[1] ?? '')]
    // Bits outside the mask are kept, to see what becomes of them.
    const match: Match = mask === 0 ? [] : [{ field: 'vlan_tci', value: tci, mask }]
    const text = formatMatch(match)
    run.print(`${text} -> ${tagText(parseMatch(text))}\n`)
    run.print(throughNxm(match) + throughOxm(match))
    for (const layout of FIXED) run.print(throughFixed(match, layout))
    return Promise.resolve()
  },
}

const parseKeyValue: Command = {
  name: 'parse-key-value',
  usage: 'TEXT...',
  help: 'print the keys and values of lists',
  min: 1,
  max: Infinity,
  run(run) {
    for (const text of run.args) {
      const pairs = scanKeyValues(text).map(({ key, value }) => (value === '' ? key : `${key}=${value}`))
      run.print(`${pairs.join(', ')}\n`)
    }
    return Promise.resolve()
  },
}

export const PARSE_MATCH: readonly Command[] = [
  parseNxMatch('parse-nx-match'),
  parseNxMatch('parse-nxm'),
  parseOxm,
  checkVlan,
  parseKeyValue,
]
