import { DecodeError } from '../../errors.js'
import { type FieldArray, readFieldArray, writeFieldArray } from '../../match/field-array.js'
import { type Fault, fault } from '../faults.js'
import { type Layout, type LayoutValue, pad, text, u64 } from '../layout.js'
import { experimenterProperty, propertyList, REFUSE_UNKNOWN } from '../property.js'
import type { GroupType } from './group-bucket.js'

/** What is said of a group beyond its buckets, in OpenFlow 1.5 and OVS's extension of 1.0 (NTR's property). */
export interface GroupProperties {
  /** `hash` or `dp_hash`. */
  readonly selection_method?: string
  readonly selection_method_param?: bigint
  /** Fields to select by, of `hash`. */
  readonly selection_fields?: FieldArray
}

const METHOD_BYTES = 16

const methodText = text(METHOD_BYTES)

const selectionMethod: Layout<string> = {
  write: (w, method, scope) => {
    methodText.write(w, method, scope)
  },
  read(r) {
    const { offset } = r
    const raw = r.bytes(METHOD_BYTES)
    const method = raw.toString('latin1', 0, raw.indexOf(0))
    if (raw.includes(0) && (method === 'hash' || method === 'dp_hash')) return method
    throw new DecodeError(`selection method "${method}"`, { offset, reply: 'OFPBPC_BAD_VALUE' })
  },
}

const selectionFields: Layout<FieldArray> = {
  write(w, fields, { version }) {
    writeFieldArray(w, fields, version)
  },
  read: (r) => readFieldArray(r),
}

const selectionShape = {
  _1: pad(4),
  selection_method: selectionMethod,
  selection_method_param: u64,
  selection_fields: selectionFields,
}

const NTR = 0x0000154d
/** Under which the property went at first. */
const NTR_BEFORE = 0x00001540

export const groupProperties = propertyList(
  {
    selection_method: experimenterProperty(NTR, 1, selectionShape),
    selection_method_before: experimenterProperty(NTR_BEFORE, 1, selectionShape),
  },
  REFUSE_UNKNOWN,
)
export type WireGroupProperties = LayoutValue<typeof groupProperties>

export function fromProperties(properties: WireGroupProperties): GroupProperties {
  const method = properties.findLast((item) => item.type !== 'unknown')
  if (method === undefined) return {}
  const { selection_method, selection_method_param, selection_fields } = method
  return { selection_method, selection_method_param, selection_fields }
}

export function toProperties(group: GroupProperties): WireGroupProperties {
  const { selection_method = '', selection_method_param = 0n, selection_fields = [] } = group
  if (selection_method === '') return []
  return [{ type: 'selection_method', selection_method, selection_method_param, selection_fields }]
}

export function faultOfSelection(type: GroupType | number, properties: WireGroupProperties): Fault | undefined {
  const other = typeof type === 'string' && type !== 'select'
  if (properties.length > 0 && other) return fault('selection method of no select group', 'OFPBPC_BAD_VALUE')
  const others = properties.some(
    (item) => item.type !== 'unknown' && item.selection_method !== 'hash' && item.selection_fields.length > 0,
  )
  return others ? fault('fields of a selection method other than hash', 'OFPBPC_BAD_VALUE') : undefined
}
