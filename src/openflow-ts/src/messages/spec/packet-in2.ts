import { DecodeError } from '../../errors.js'
import { type Layout, mapped, pad, rest, slack, u32, u64, u8 } from '../layout.js'
import { nameOrNumber } from '../names.js'
import { property, propertyList } from '../property.js'
import { readContinuation } from './continuation.js'
import { metadataFields } from './metadata.js'
import type { PacketIn } from './packet.js'
import { NO_BUFFER } from './parts.js'
import { PACKET_IN_REASONS } from './packet-reasons.js'

const properties = propertyList({
  packet: property(0, { data: rest }),
  full_len: property(1, { value: u32 }),
  buffer_id: property(2, { value: u32 }),
  table_id: property(3, { value: u8, _1: slack(3) }),
  cookie: property(4, { _1: pad(4), value: u64 }),
  reason: property(5, { value: nameOrNumber(u8, PACKET_IN_REASONS), _1: slack(3) }),
  metadata: property(6, { value: metadataFields }),
  userdata: property(7, { value: rest }),
  continuation: property(8, { _1: pad(4), value: rest }),
})

type Properties = ReturnType<(typeof properties)['read']>
type Kind = Exclude<Properties[number]['type'], 'unknown'>
type PropertyOf<K extends Kind> = Extract<Properties[number], { readonly type: K }>

const NO_COOKIE = 0xffffffffffffffffn

/** The values of all properties; of those that are given twice, the last. */
function fromProperties(list: Properties): PacketIn {
  const last = <K extends Kind>(type: K): PropertyOf<K> | undefined =>
    list.findLast((item): item is PropertyOf<K> => item.type === type)
  const data = last('packet')?.data ?? new Uint8Array()
  const fullLength = last('full_len')?.value ?? 0
  if (data.length === 0 || (fullLength !== 0 && fullLength < data.length)) {
    throw new DecodeError(`packet of ${data.length} bytes of ${fullLength}`, { offset: 0, reply: 'OFPBRC_BAD_LEN' })
  }
  const userdata = last('userdata')?.value
  const goesOn = last('continuation')?.value
  return {
    buffer_id: last('buffer_id')?.value ?? NO_BUFFER,
    total_len: fullLength === 0 ? data.length : fullLength,
    reason: last('reason')?.value ?? 'no_match',
    table_id: last('table_id')?.value ?? 0,
    cookie: last('cookie')?.value ?? NO_COOKIE,
    match: last('metadata')?.value ?? [],
    data,
    ...(userdata && { userdata }),
    ...(goesOn && { continuation: goesOn }),
  }
}

/** Properties in the order in which a switch sends them. */
function toProperties(m: PacketIn): Properties {
  const { buffer_id = NO_BUFFER, cookie = NO_COOKIE, userdata, continuation: goesOn } = m
  return [
    { type: 'packet', data: m.data },
    ...(m.total_len === m.data.length ? [] : [{ type: 'full_len', value: m.total_len } as const]),
    ...(buffer_id === NO_BUFFER ? [] : [{ type: 'buffer_id', value: buffer_id } as const]),
    { type: 'table_id', value: m.table_id },
    ...(cookie === NO_COOKIE ? [] : [{ type: 'cookie', value: cookie } as const]),
    { type: 'reason', value: m.reason },
    { type: 'metadata', value: m.match },
    ...(goesOn === undefined ? [] : [{ type: 'continuation', value: goesOn } as const]),
    ...(userdata === undefined ? [] : [{ type: 'userdata', value: userdata } as const]),
  ]
}

const whole: Layout<PacketIn> = mapped(properties, fromProperties, toProperties)

/** NXT_PACKET_IN2 and NXT_RESUME. What is wrong in the continuation, which is kept as it came, is wrong with them. */
export const packetIn2: Layout<PacketIn> = {
  write: (w, m, scope) => { whole.write(w, m, scope) },
  read(r, scope) {
    const m = whole.read(r, scope)
    if (m.continuation !== undefined) readContinuation(m.continuation, scope)
    return m
  },
}
