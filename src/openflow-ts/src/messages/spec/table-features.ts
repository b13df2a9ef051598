import type { Reader } from '../../binary.js'
import { DecodeError } from '../../errors.js'
import type { FieldName } from '../../spec/fields.js'
import { fieldInfo, type FieldInfo, oxmByNumber } from '../../spec/registry.js'
import { OF15, type OfVersion } from '../../version.js'
import { readEntries } from '../entries.js'
import { type Fault, judged, judgedAhead } from '../faults.js'
import { type Layout, listOf, mapped, optional, rest, text, u32, u64, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { property, propertyList, type UnknownProperty } from '../property.js'
import { length16, struct } from '../struct.js'

const badLength = (what: string, offset: number): DecodeError =>
  new DecodeError(what, { offset, reply: 'OFPBPC_BAD_LEN' })

const ID_BYTES = 4

/** A number with a length of its own; what is longer than its header (experimenters') is kept as it came. */
function idLayout<N extends string>(names: Readonly<Record<N, number>>): Layout<N | number | Uint8Array> {
  const byNumber = new Map((Object.entries(names) as [N, number][]).map(([name, number]) => [number, name]))
  return {
    write(w, id) {
      if (id instanceof Uint8Array) {
        w.bytes(id)
        return
      }
      w.u16(typeof id === 'number' ? id : names[id])
      w.u16(ID_BYTES)
    },
    read(r) {
      const { offset } = r
      if (r.remaining < ID_BYTES) throw badLength('a number is cut short', offset)
      const [number, length] = [r.u16(), r.u16()]
      if (length < ID_BYTES || length - ID_BYTES > r.remaining) throw badLength(`number of length ${length}`, offset)
      r.skip(length - ID_BYTES)
      return length > ID_BYTES ? r.copyFrom(offset) : (byNumber.get(number) ?? number)
    },
  }
}

/** The number of what `idLayout` reads. */
export const idNumber = (id: number | Uint8Array): number =>
  typeof id === 'number' ? id : Buffer.from(id).readUInt16BE(0)

/** Instructions by their numbers (OFPIT_*), in the order in which OVS prints them. */
export const INSTRUCTIONS = {
  meter: 6,
  apply_actions: 4,
  clear_actions: 5,
  write_actions: 3,
  write_metadata: 2,
  goto_table: 1,
} as const
export type InstructionName = keyof typeof INSTRUCTIONS

/** A field, or the header of one that is not known. */
export interface FieldHeader {
  readonly field?: FieldName
  readonly masked?: boolean
  /** As it came: class, number, mask bit and length; and the experimenter of its class. */
  readonly header?: number
  readonly experimenter?: number
}

const EXPERIMENTER_CLASS = 0xffff
const EXPERIMENTER_BYTES = 4
const MASK_BIT = 0x100

function infoOfHeader(header: number, experimenter: number): { info: FieldInfo; masked: boolean } | undefined {
  const id = oxmByNumber(header >>> 16, (header >>> 9) & 0x7f, experimenter)
  if (id === undefined) return undefined
  const fits = id.info.variableLength || header === id.exactHeader || header === id.maskedHeader
  return fits ? { info: id.info, masked: (header & MASK_BIT) !== 0 } : undefined
}

function readFieldHeader(r: Reader): FieldHeader {
  const { offset } = r
  const cut = (): DecodeError => new DecodeError('a field is cut short', { offset, reply: 'OFPBMC_BAD_LEN' })
  if (r.remaining < 4) throw cut()
  const header = r.u32()
  const isExperimenter = header >>> 16 === EXPERIMENTER_CLASS
  if (isExperimenter && Math.min(r.remaining, header & 0xff) < EXPERIMENTER_BYTES) throw cut()
  const experimenter = isExperimenter ? r.u32() : 0
  const known = infoOfHeader(header, experimenter)
  return {
    header,
    ...(isExperimenter && { experimenter }),
    ...(known !== undefined && { field: known.info.name, masked: known.masked }),
  }
}

const fieldHeader: Layout<FieldHeader> = {
  write(w, { field, masked = false, header, experimenter }, { version }) {
    const id = field === undefined ? undefined : fieldInfo(field).ids[version]
    w.u32(header ?? (masked ? id?.maskedHeader : id?.exactHeader) ?? 0)
    const vendor = experimenter ?? id?.experimenter ?? 0
    if (vendor !== 0) w.u32(vendor)
  },
  read: readFieldHeader,
}

const exactField = judged(fieldHeader, ({ masked }) =>
  masked === true ? { what: 'a mask where none can be', reply: 'OFPBMC_BAD_MASK' } : undefined,
)

const NO_TABLE = 0xff

const tableIds: Layout<readonly number[]> = judged(
  mapped(rest, (bytes) => Array.from(bytes), (ids) => Uint8Array.from(ids)),
  (ids) => (ids.includes(NO_TABLE) ? { what: 'next table 255', reply: 'OFPBPC_BAD_VALUE' } : undefined),
)

const instructionIds = { ids: listOf(idLayout(INSTRUCTIONS)) } as const
const actionIds = { ids: listOf(idLayout({})) } as const
const exactFields = { fields: listOf(exactField) } as const

const properties = propertyList(
  {
    instructions: property(0, instructionIds),
    instructions_miss: property(1, instructionIds),
    next_tables: property(2, { tables: tableIds }),
    next_tables_miss: property(3, { tables: tableIds }),
    write_actions: property(4, actionIds),
    write_actions_miss: property(5, actionIds),
    apply_actions: property(6, actionIds),
    apply_actions_miss: property(7, actionIds),
    match: property(8, { fields: listOf(fieldHeader) }),
    wildcards: property(10, exactFields),
    write_setfield: property(12, exactFields),
    write_setfield_miss: property(13, exactFields),
    apply_setfield: property(14, exactFields),
    apply_setfield_miss: property(15, exactFields),
  },
  { twice: 'OFPTFFC_BAD_FEATURES' },
)

interface Ids<I extends string> {
  readonly type: I
  readonly ids: readonly (number | Uint8Array)[]
}
interface Instructions<I extends string> {
  readonly type: I
  readonly ids: readonly (InstructionName | number | Uint8Array)[]
}
interface Tables<I extends string> {
  readonly type: I
  readonly tables: readonly number[]
}
interface Fields<I extends string> {
  readonly type: I
  readonly fields: readonly FieldHeader[]
}

/** What a table can do, one thing each; those of packets that match nothing end in `_miss`. */
export type TableFeatureProperty =
  | Instructions<'instructions' | 'instructions_miss'>
  | Tables<'next_tables' | 'next_tables_miss'>
  | Ids<'write_actions' | 'write_actions_miss' | 'apply_actions' | 'apply_actions_miss'>
  | Fields<'match' | 'wildcards' | 'write_setfield' | 'write_setfield_miss' | 'apply_setfield' | 'apply_setfield_miss'>
  | UnknownProperty

/** Without these a table's features are not complete. */
const REQUIRED = [
  ...['instructions', 'next_tables', 'write_actions', 'apply_actions'],
  ...['match', 'wildcards', 'write_setfield', 'apply_setfield'],
]

const TABLE_FEATURES_COMMANDS = { replace: 0, modify: 1, enable: 2, disable: 3 } as const
export type TableFeaturesCommand = keyof typeof TABLE_FEATURES_COMMANDS

/** One entry of OFPMP_TABLE_FEATURES, OpenFlow 1.3+. */
export interface TableFeatures {
  readonly table_id: number
  /** OpenFlow 1.5; a number where it has no name. */
  readonly command?: TableFeaturesCommand | number
  /** OpenFlow 1.5: bits of OFPTFF_*. */
  readonly features?: number
  readonly name: string
  readonly metadata_match: bigint
  readonly metadata_write: bigint
  /** From OpenFlow 1.4 on, bits of TABLE_CONFIG. */
  readonly capabilities: number
  readonly max_entries: number
  readonly properties?: readonly TableFeatureProperty[]
}

const wireTableFeatures: Layout<TableFeatures> = struct({
  _length: length16,
  table_id: u8,
  command: optional(nameOrNumber(u8, TABLE_FEATURES_COMMANDS), 0),
  features: optional(u32, 0),
  name: text(32),
  metadata_match: u64,
  metadata_write: u64,
  capabilities: u32,
  max_entries: u32,
  properties: optional(properties as Layout<readonly TableFeatureProperty[]>, []),
})

const fault = (what: string, reply: string): Fault => ({ what, reply })

function faultOfProperties({ properties = [] }: TableFeatures, version: number): Fault | undefined {
  const complete = REQUIRED.every((required) => properties.some(({ type }) => type === required))
  if (complete || (version >= OF15 && properties.length === 0)) return undefined
  return fault('a property is missing', 'OFPTFFC_BAD_FEATURES')
}

const FIXED_BYTES = 64

function faultOfHead(head: Buffer, version: OfVersion): Fault | undefined {
  const [table, command] = [head.readUInt8(2), head.readUInt8(3)]
  if (table === NO_TABLE) return fault('table 255', 'OFPTFFC_BAD_TABLE')
  const bad = version >= OF15 && command > TABLE_FEATURES_COMMANDS.disable
  return bad ? fault(`command ${command}`, 'OFPTFFC_BAD_COMMAND') : undefined
}

const judgedFeatures = judgedAhead(wireTableFeatures, ID_BYTES, faultOfHead)

export const tableFeatures: Layout<TableFeatures> = {
  write(w, value, scope) {
    wireTableFeatures.write(w, value, scope)
  },
  read(r, scope) {
    const { offset } = r
    if (r.remaining < FIXED_BYTES) throw badLength(`${r.remaining} bytes of a table`, offset)
    const length = r.peek(ID_BYTES).readUInt16BE(0)
    if (length < FIXED_BYTES || length % 8 !== 0 || length > r.remaining) {
      throw badLength(`table of length ${length}`, offset)
    }
    const value = judgedFeatures.read(r, scope)
    const found = faultOfProperties(value, scope.version)
    if (found !== undefined) throw new DecodeError(found.what, { offset, reply: found.reply })
    return value
  },
}

/** Without `tables` asks for the features of all; with them sets these. */
export const tableFeaturesRequest: Layout<{ readonly tables?: readonly TableFeatures[] }> = {
  write(w, { tables = [] }, scope) {
    for (const table of tables) tableFeatures.write(w, table, scope)
  },
  read(r, scope) {
    return readEntries(tableFeatures, r, scope, (tables) => ({ tables }))
  },
}
