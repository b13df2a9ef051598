import { listOf, optional, pad, rest, text, u32, u64, u8 } from '../layout.js'
import { length16, struct } from '../struct.js'

const noProperties: Uint8Array = new Uint8Array()

/** One entry of OFPMP_TABLE_FEATURES, OpenFlow 1.3+. */
export const tableFeatures = struct({
  _length: length16,
  table_id: u8,
  _1: pad(5),
  name: text(32),
  metadata_match: u64,
  metadata_write: u64,
  capabilities: u32,
  max_entries: u32,
  /** Properties, as they came. */
  properties: optional(rest, noProperties),
})

/** Without `tables` asks for the features of all; with them sets these. */
export const tableFeaturesRequest = struct({ tables: { ...listOf(tableFeatures), fallback: [] } })
