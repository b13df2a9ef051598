import type { Reader, Writer } from '../binary.js'
import { TextError } from '../errors.js'
import { PORTS, widenPort } from '../ports.js'
import { atoi } from '../text/numbers.js'
import { formatPort, portFromText } from '../text/ports.js'
import { formatSubfield, parseSubfield } from '../text/subfield.js'
import type { TextContext } from '../text/context.js'
import { define, nicira, OF10 } from './spec.js'
import { checkDestination, checkOutputPort } from './state.js'
import {
  BUNDLE_ALGORITHMS,
  type BundleAction,
  HASH_FIELDS,
  type HashFields,
  MULTIPATH_ALGORITHMS,
  type MultipathAction,
  type Subfield,
} from './types.js'
import * as wire from './wire-fields.js'

const MAX_MEMBERS = 2048
const IN_PORT_HEADER = 0x00000002

/** The words of a text as strtok takes them, and what is left after so many of them. */
function tokens(text: string, separators: string): string[] {
  return text.split(new RegExp(`[${separators}]+`)).filter((token) => token !== '')
}

const byName = <T extends string>(names: readonly T[], name: string): T | undefined =>
  names.find((one) => one === name.toLowerCase())

function hashFields(name: string, whole: string): HashFields {
  const fields = byName(HASH_FIELDS, name)
  if (fields === undefined) throw new TextError(`${whole}: unknown fields \`${name}'`)
  return fields
}

function algorithmOf<T extends string>(names: readonly T[], name: string, whole: string): T {
  const algorithm = byName(names, name)
  if (algorithm === undefined) throw new TextError(`${whole}: unknown algorithm \`${name}'`)
  return algorithm
}

function plainDestination(text: string, whole: string): Subfield {
  const dst = parseSubfield(text)
  if (wire.isExperimenter(wire.infoOf(dst))) {
    throw new TextError(`${whole}: experimenter OXM field '${text}' not supported`)
  }
  return dst
}

function nameOf<T extends string>(names: readonly T[], code: number, offset: number): T {
  const name = names[code]
  if (name === undefined) throw wire.bad(`no ${code} of ${names.join(', ')}`, offset, 'OFPBAC_BAD_ARGUMENT')
  return name
}

function parseMultipath(arg: string): MultipathAction {
  const [fieldsText = '', basis = '', algorithmText = '', links = '', algorithmArg = '', dstText] = tokens(arg, ', ')
  if (dstText === undefined) throw new TextError(`${arg}: not enough arguments to multipath action`)
  const fields = hashFields(fieldsText, arg)
  const algorithm = algorithmOf(MULTIPATH_ALGORITHMS, algorithmText, arg)
  const nLinks = atoi(links, 32) | 0
  if (nLinks < 1 || nLinks > 65536) throw new TextError(`${arg}: n_links ${nLinks} is not in valid range 1 to 65536`)
  const dst = plainDestination(dstText, arg)
  if (dst.n_bits < 16 && nLinks > 1 << dst.n_bits) {
    throw new TextError(
      `${arg}: ${dst.n_bits}-bit destination field has ${1 << dst.n_bits} possible values, ` +
        `less than specified n_links ${nLinks}`,
    )
  }
  return {
    type: 'multipath',
    fields,
    basis: atoi(basis, 16),
    algorithm,
    n_links: nLinks,
    arg: atoi(algorithmArg, 32),
    dst,
  }
}

export const multipathSpec = define<MultipathAction>({
  name: 'multipath',
  doc: 'Hashes parts of the packet to the number of one of `n_links` links, which it writes to a field.',
  syntax: 'multipath(FIELDS,BASIS,ALGORITHM,N_LINKS,ARG,SUBFIELD)',
  types: ['multipath'],
  forms: [
    nicira(
      'MULTIPATH',
      10,
      {
        encode(w, a) {
          w.u16(HASH_FIELDS.indexOf(a.fields))
          w.u16(a.basis)
          w.zeros(2)
          w.u16(MULTIPATH_ALGORITHMS.indexOf(a.algorithm))
          w.u16(a.n_links - 1)
          w.u32(a.arg)
          w.zeros(2)
          w.u16(wire.ofsNbits(a.dst))
          w.u32(wire.actionOxm(wire.infoOf(a.dst), OF10).exactHeader)
        },
        decode: readMultipath,
      },
      { bytes: 32 },
    ),
  ],
  parse: parseMultipath,
  format: (a) =>
    `multipath(${a.fields},${a.basis},${a.algorithm},${a.n_links},${a.arg},${formatSubfield(a.dst)})`,
  check: (a, state) => checkDestination(a.dst, state),
})

function readMultipath(r: Reader): MultipathAction {
  const offset = r.offset
  const fieldsCode = r.u16()
  const basis = r.u16()
  r.skip(2)
  const algorithmCode = r.u16()
  const nLinks = r.u16() + 1
  const arg = r.u32()
  r.skip(2)
  const packed = r.u16()
  const info = wire.readShortHeader(r)
  const fields = nameOf(HASH_FIELDS, fieldsCode, offset)
  const algorithm = nameOf(MULTIPATH_ALGORITHMS, algorithmCode, offset)
  const nBits = wire.nBitsOf(packed)
  if (nBits < Math.ceil(Math.log2(nLinks))) {
    throw wire.bad(`multipath: ${nBits} bits for ${nLinks} links`, offset, 'OFPBAC_BAD_ARGUMENT')
  }
  const dst = wire.destinationOf(info, wire.ofsOf(packed), nBits, offset)
  return { type: 'multipath', fields, basis, algorithm, n_links: nLinks, arg, dst }
}

const codeOf = (names: readonly string[], name: string | number): number =>
  typeof name === 'number' ? name : names.indexOf(name)
const nameText = (name: string | number): string => (typeof name === 'number' ? '<unknown>' : name)

function writeBundle(w: Writer, a: BundleAction): void {
  w.u16(codeOf(BUNDLE_ALGORITHMS, a.algorithm))
  w.u16(codeOf(HASH_FIELDS, a.fields))
  w.u16(a.basis)
  w.u32(IN_PORT_HEADER)
  w.u16(a.members.length)
  w.u16(a.dst === undefined ? 0 : wire.ofsNbits(a.dst))
  w.u32(a.dst === undefined ? 0 : wire.actionOxm(wire.infoOf(a.dst), OF10).exactHeader)
  w.zeros(4)
  for (const member of a.members) w.u16(member & 0xffff)
}

/** Where packets may go: to no port at all, too, but not to the controller. */
function checkMembers(members: readonly number[], maxPorts: number): string | undefined {
  for (const port of members) {
    const error = port === PORTS.NONE ? undefined : checkOutputPort(port, maxPorts)
    if (error !== undefined || port === PORTS.CONTROLLER) return 'OFPBAC_BAD_OUT_PORT'
  }
  return undefined
}

const readBundle = (load: boolean) => (r: Reader): BundleAction => {
  const offset = r.offset
  const [algorithmCode, fieldsCode, basis] = [r.u16(), r.u16(), r.u16()]
  const memberType = r.u32()
  const count = r.u16()
  const packed = r.u16()
  const header = r.slice(4)
  const wrong = (what: string, reply = 'OFPBAC_BAD_ARGUMENT'): Error => wire.bad(`bundle: ${what}`, offset, reply)
  const reserved = r.u32()
  // What is wrong with the rest does not count beside a destination that is none, or a list that is cut short.
  const info = load ? wire.readShortHeader(header) : undefined
  if (r.remaining < 2 * count) throw wrong('no room for its members', 'OFPBAC_BAD_LEN')
  const fields = HASH_FIELDS[fieldsCode] ?? fieldsCode
  const algorithm = BUNDLE_ALGORITHMS[algorithmCode] ?? algorithmCode
  const isKnown = typeof fields === 'string' && typeof algorithm === 'string'
  const isSound = isKnown && count <= MAX_MEMBERS && memberType === IN_PORT_HEADER && reserved === 0
  // Of a bundle_load OVS forgets what it has found so far.
  if (!load && !isSound) throw wrong('unknown fields, algorithm or members')
  const members: number[] = []
  for (let i = 0; i < count; i++) members.push(widenPort(r.u16()))
  const action = { type: 'bundle', fields, basis, algorithm, members } as const
  const portError = (): void => {
    const error = checkMembers(members, PORTS.MAX)
    if (error !== undefined) throw wrong('no such port', error)
  }
  if (info === undefined) {
    if (packed !== 0 || header.u32() !== 0) throw wrong('a destination')
    portError()
    return action
  }
  const nBits = wire.nBitsOf(packed)
  if (nBits < 16) throw wrong('less than 16 bits for a port')
  const dst = wire.destinationOf(info, wire.ofsOf(packed), nBits, offset)
  portError()
  return { ...action, dst }
}

/** `FIELDS,BASIS,ALGORITHM,ofport,[SUBFIELD,]members:PORT,...` */
function parseBundle(arg: string, ctx: TextContext, load: boolean): BundleAction {
  const words = /^[, ]*((?:[^, ]+[, ]+){4})/.exec(arg)
  const head = tokens(words?.[1] ?? '', ', ')
  let rest = arg.slice(words?.[0].length ?? arg.length)
  let dstText: string | undefined
  if (load) {
    const found = /^([^, ]+)[, ]*/.exec(rest)
    dstText = found?.[1]
    rest = rest.slice(found?.[0].length ?? 0)
  }
  const delimiter = /^[: ]*([^: ]+)/.exec(rest)
  if (delimiter === null) throw new TextError(`${arg}: not enough arguments to bundle action`)
  const word = delimiter[1] ?? ''
  if (!['members', 'slaves'].includes(word.toLowerCase())) {
    throw new TextError(`${arg}: missing member delimiter, expected \`members', got \`${word}'`)
  }
  const members = tokens(rest.slice(delimiter[0].length + 1), ', \\[\\]')
    .slice(0, MAX_MEMBERS)
    .map((member) => {
      const port = portFromText(member, ctx)
      if (port === undefined) throw new TextError(`${member}: bad port number`)
      return port
    })
  const [fieldsText = '', basis = '', algorithmText = '', memberType = ''] = head
  const fields = hashFields(fieldsText, arg)
  const algorithm = algorithmOf(BUNDLE_ALGORITHMS, algorithmText, arg)
  if (memberType.toLowerCase() !== 'ofport') throw new TextError(`${arg}: unknown member_type \`${memberType}'`)
  const action = { type: 'bundle', fields, basis: atoi(basis, 16), algorithm, members } as const
  return dstText === undefined ? action : { ...action, dst: plainDestination(dstText, arg) }
}

export const bundleSpec = define<BundleAction>({
  name: 'bundle',
  doc: 'Sends the packet to one of several ports, chosen by a hash or as the first that is up; or writes its number to a field.',
  syntax: 'bundle(FIELDS,BASIS,ALGORITHM,ofport,members:PORT,...), bundle_load(FIELDS,BASIS,ALGORITHM,ofport,SUBFIELD,members:PORT,...)',
  types: ['bundle'],
  keywords: ['bundle', 'bundle_load'],
  forms: [
    nicira('BUNDLE', 12, { encode: writeBundle, decode: readBundle(false) }, { bytes: 32, longer: true }),
    nicira('BUNDLE_LOAD', 13, { encode: writeBundle, decode: readBundle(true) }, { bytes: 32, longer: true }),
  ],
  choose: (a) => (a.dst === undefined ? 0 : 1),
  parse: (arg, env, keyword) => parseBundle(arg, env.ctx, keyword === 'bundle_load'),
  format(a, env) {
    const dst = a.dst === undefined ? '' : `${formatSubfield(a.dst)},`
    const members = a.members.map((port) => formatPort(port, env.ctx)).join(',')
    const name = a.dst === undefined ? 'bundle' : 'bundle_load'
    return `${name}(${nameText(a.fields)},${a.basis},${nameText(a.algorithm)},ofport,${dst}members:${members})`
  },
  check: (a, state) =>
    (a.dst === undefined ? undefined : checkDestination(a.dst, state)) ?? checkMembers(a.members, state.place.max_ports),
})
