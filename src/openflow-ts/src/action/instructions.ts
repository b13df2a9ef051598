import { TextError } from '../errors.js'
import { PROTOCOLS } from '../protocols.js'
import { strToU64 } from '../text/numbers.js'
import { parseTable } from '../text/tables.js'
import { hexOrZero } from '../text/values.js'
import type { Reader, Writer } from '../binary.js'
import { type ActionSpec, define, nicira, OF10, OF11, OF15 } from './spec.js'
import type { GotoTableAction, PlainAction, WriteActionsAction, WriteMetadataAction } from './types.js'
import { expectZeros } from './wire-fields.js'

const ALL_BITS = 0xffffffffffffffffn
const MAX_TABLES = 255
const EXTENSION_PADDING = 6

const metadataBody = (padding: number) => ({
  encode(w: Writer, a: WriteMetadataAction): void {
    w.zeros(padding)
    w.u64(a.value)
    w.u64(a.mask)
  },
  decode(r: Reader): WriteMetadataAction {
    if (padding === EXTENSION_PADDING) expectZeros(r, 'NXBRC_MUST_BE_ZERO', padding)
    else r.skip(padding)
    return { type: 'write_metadata', value: r.u64(), mask: r.u64() }
  },
})



/** What is an instruction of OpenFlow 1.1 and later. */
export const instructionSpecs: readonly ActionSpec[] = [
  define<PlainAction>({
    name: 'clear_actions',
    doc: 'Empties the action set.',
    syntax: 'clear_actions',
    types: ['clear_actions'],
    forms: [],
    instruction: {
      type: 5,
      name: 'clear_actions',
      since: OF11,
      until: OF15,
      bytes: 8,
      longer: false,
      encode(w) {
        w.zeros(4)
      },
      decode: () => ({ type: 'clear_actions' }),
    },
    // OpenFlow 1.0 has no action sets.
    lower: (_a, version) => (version === OF10 ? [] : undefined),
    parse: () => ({ type: 'clear_actions' }),
    format: () => 'clear_actions',
  }),
  define<WriteActionsAction>({
    name: 'write_actions',
    doc: 'Puts actions into the action set, which is executed where the pipeline ends.',
    syntax: 'write_actions(ACTIONS)',
    types: ['write_actions'],
    forms: [],
    instruction: {
      type: 3,
      name: 'write_actions',
      since: OF11,
      until: OF15,
      bytes: 8,
      longer: true,
      isEmpty: (a) => a.actions.length === 0,
      encode(w, a, env) {
        w.zeros(4)
        env.actions(w, a.actions)
      },
      decode(r, env) {
        r.skip(4)
        return { type: 'write_actions', actions: env.actions(r, 'write_actions') }
      },
    },
    lower: (_a, version) => (version === OF10 ? [] : undefined),
    parse: (arg, env) => ({ type: 'write_actions', actions: env.actions(arg, 'write_actions') }),
    format: (a, env) => `write_actions(${a.actions.length === 0 ? 'drop' : env.actions(a.actions)})`,
    check(a, state) {
      // An action set is executed later, on packets that have become others: no need to agree with the match.
      const { usable } = state
      const actions = state.actions(a.actions)
      state.usable = usable
      return typeof actions === 'string' ? actions : { ...a, actions }
    },
  }),
  define<WriteMetadataAction>({
    name: 'write_metadata',
    doc: 'Sets the bits of a mask in the metadata that tables hand on. OpenFlow 1.0: an extension.',
    syntax: 'write_metadata:VALUE[/MASK]',
    types: ['write_metadata'],
    protocols: () => PROTOCOLS.NXM_OF11_UP,
    forms: [nicira('WRITE_METADATA', 22, metadataBody(EXTENSION_PADDING), { bytes: 32 })],
    instruction: {
      type: 2,
      name: 'write_metadata',
      since: OF11,
      until: OF15,
      bytes: 24,
      longer: false,
      ...metadataBody(4),
    },
    parse(arg) {
      const slash = arg.indexOf('/')
      const mask = slash < 0 ? ALL_BITS : strToU64(arg.slice(slash + 1))
      return { type: 'write_metadata', value: strToU64(slash < 0 ? arg : arg.slice(0, slash)), mask }
    },
    format: (a) => `write_metadata:${hexOrZero(a.value)}${a.mask === ALL_BITS ? '' : `/${hexOrZero(a.mask)}`}`,
  }),
  define<GotoTableAction>({
    name: 'goto_table',
    doc: 'Goes on in a later table.',
    syntax: 'goto_table:TABLE',
    types: ['goto_table'],
    forms: [],
    instruction: {
      type: 1,
      name: 'goto_table',
      since: OF11,
      until: OF15,
      bytes: 8,
      longer: false,
      encode(w, a) {
        w.u8(a.table_id)
        w.zeros(3)
      },
      decode: (r) => ({ type: 'goto_table', table_id: r.u8() }),
    },
    // OpenFlow 1.0 has no instructions; going on in another table is a resubmit there.
    lower: (a, version) => (version === OF10 ? [{ type: 'resubmit', table: a.table_id }] : undefined),
    parse(arg, env) {
      const table = parseTable(arg, env.ctx)
      if (table === undefined) throw new TextError(`unknown table "${arg}"`)
      return { type: 'goto_table', table_id: table }
    },
    format: (a, env) => `goto_table:${env.ctx.tableName?.(a.table_id) ?? a.table_id}`,
    check(a, { place }) {
      const backward = place.table_id !== MAX_TABLES && a.table_id <= place.table_id
      const beyond = place.n_tables !== MAX_TABLES && a.table_id >= place.n_tables
      return backward || beyond ? 'OFPBIC_BAD_TABLE_ID' : undefined
    },
  }),
]
