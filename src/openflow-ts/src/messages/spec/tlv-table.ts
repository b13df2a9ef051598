import { type Fault, judged } from '../faults.js'
import { type Layout, listOf, pad, u16, u32, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { struct } from '../struct.js'

const fault = (what: string, reply: string): Fault => ({ what, reply })

export const TLV_TABLE_COMMANDS = { add: 0, delete: 1, clear: 2 } as const
export type TlvTableCommand = keyof typeof TLV_TABLE_COMMANDS

const badLength = (bytes: number): Fault => fault(`option of ${bytes} bytes`, 'NXTTMFC_BAD_OPT_LEN')
const MAX_OPTION_BYTES = 124
const TUN_METADATA_FIELDS = 64

/** Which option of a Geneve header is in which `tun_metadata` field. */
export interface TlvMap {
  readonly option_class: number
  readonly option_type: number
  /** In bytes, a multiple of 4. */
  readonly option_len: number
  readonly index: number
}

const tlvMap: Layout<TlvMap> = judged(
  struct({ option_class: u16, option_type: u8, option_len: u8, index: u16, _1: pad(2) }),
  ({ option_len, index }) => {
    if (option_len % 4 !== 0 || option_len > MAX_OPTION_BYTES) return badLength(option_len)
    return index < TUN_METADATA_FIELDS ? undefined : fault(`tun_metadata${index}`, 'NXTTMFC_BAD_FIELD_IDX')
  },
)

/** NXT_TLV_TABLE_MOD */
export const tlvTableMod = struct({
  command: judged(nameOrNumber(u16, TLV_TABLE_COMMANDS), (command) =>
    typeof command === 'number' ? fault(`command ${command}`, 'NXTTMFC_BAD_COMMAND') : undefined,
  ),
  _1: pad(6),
  mappings: { ...listOf(tlvMap), fallback: [] },
})

/** NXT_TLV_TABLE_REPLY */
export const tlvTableReply = judged(
  struct({
    max_option_space: u32,
    max_fields: u16,
    _1: pad(10),
    mappings: { ...listOf(tlvMap), fallback: [] },
  }),
  ({ max_fields, mappings = [] }) =>
    mappings.some(({ index }) => index >= max_fields) ? fault('a field too many', 'NXTTMFC_BAD_FIELD_IDX') : undefined,
)
