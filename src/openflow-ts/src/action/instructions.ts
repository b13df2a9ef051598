import { TextError } from '../errors.js'
import { PROTOCOLS } from '../protocols.js'
import { parseU64, parseUint } from '../text/scan.js'
import { hex, hexOrZero } from '../text/values.js'
import { type ActionSpec, define, nicira, OF10 } from './spec.js'
import type { GotoTableAction, PlainAction, WriteActionsAction, WriteMetadataAction } from './types.js'

const ALL_BITS = 0xffffffffffffffffn

/** The text of what is an instruction on the wire; see instruction-codec for its bytes. */
export const instructionSpecs: readonly ActionSpec[] = [
  define<PlainAction>({
    types: ['clear_actions'],
    forms: [],
    parse(arg) {
      if (arg !== '') throw new TextError('clear_actions: takes no argument')
      return { type: 'clear_actions' }
    },
    format: () => 'clear_actions',
  }),
  define<WriteActionsAction>({
    types: ['write_actions'],
    forms: [],
    parse: (arg, env) => ({ type: 'write_actions', actions: env.actions(arg, 'write_actions') }),
    format: (a, env) => `write_actions(${a.actions.length === 0 ? 'drop' : env.actions(a.actions)})`,
  }),
  define<WriteMetadataAction>({
    types: ['write_metadata'],
    protocols: () => PROTOCOLS.NXM_OF11_UP,
    forms: [
      nicira(
        22,
        {
          encode(w, a) {
            w.zeros(6)
            w.u64(a.value)
            w.u64(a.mask)
          },
          decode(r) {
            r.skip(6)
            return { type: 'write_metadata', value: r.u64(), mask: r.u64() }
          },
        },
        OF10,
        OF10,
      ),
    ],
    parse(arg) {
      const [value = '', mask] = arg.split('/')
      const bits = mask === undefined ? ALL_BITS : parseU64(mask, 'metadata mask')
      return { type: 'write_metadata', value: parseU64(value, 'metadata'), mask: bits }
    },
    format: (a) => `write_metadata:${hexOrZero(a.value)}${a.mask === ALL_BITS ? '' : `/${hex(a.mask)}`}`,
  }),
  define<GotoTableAction>({
    types: ['goto_table'],
    forms: [],
    // OpenFlow 1.0 has no instructions; going on in another table is a resubmit there.
    lower: (a, version) => (version === OF10 ? [{ type: 'resubmit', table: a.table_id }] : undefined),
    parse: (arg, env) => ({
      type: 'goto_table',
      table_id: env.ctx.tableNumber?.(arg) ?? parseUint(arg, 255, 'table'),
    }),
    format: (a, env) => `goto_table:${env.ctx.tableName?.(a.table_id) ?? a.table_id}`,
  }),
]
