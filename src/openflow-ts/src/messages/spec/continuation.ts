import { decodeActions } from '../../action/codec.js'
import type { Action } from '../../action/types.js'
import { Reader } from '../../binary.js'
import { DecodeError } from '../../errors.js'
import { type Layout, pad, rest, type Scope, slack, u32, u64, u8 } from '../layout.js'
import { type Property, property, propertyList } from '../property.js'

const MAX_STACK_ENTRY = 128

const stackEntry: Layout<Uint8Array> = {
  write: (w, value, scope) => { rest.write(w, value, scope) },
  read(r, scope) {
    const { offset } = r
    const entry = rest.read(r, scope)
    if (entry.length > MAX_STACK_ENTRY) {
      throw new DecodeError(`stack entry of ${entry.length} bytes`, { offset, reply: 'OFPBPC_BAD_LEN' })
    }
    return entry
  },
}

/** Actions, read when their version is known; nothing here is ever written. */
const actions: Layout<readonly Action[]> = {
  write() {
    throw new TypeError('a continuation is written as it came')
  },
  read: (r, scope) => decodeActions(r, r.remaining, scope.version),
}

/** As OVS has it in memory, in words of 32 bits of a little-endian machine. */
const uuid: Layout<string> = {
  write() {
    throw new TypeError('a continuation is written as it came')
  },
  read: (r) =>
    Buffer.from(r.bytes(16))
      .swap32()
      .toString('hex')
      .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
}

/** What Open vSwitch remembers of a packet that waits for its controller (NXCPT_*). */
const PARTS = {
  bridge: property(0x8000, { value: uuid }),
  stack: property(0x8001, { value: stackEntry }),
  mirrors: property(0x8002, { value: u32 }),
  conntracked: property(0x8003, { _1: slack(3) }),
  table_id: property(0x8004, { value: u8, _1: slack(3) }),
  cookie: property(0x8005, { _1: pad(4), value: u64 }),
  actions: property(0x8006, { _1: pad(4), value: actions }),
  action_set: property(0x8007, { _1: pad(4), value: actions }),
  odp_port: property(0x8008, { value: u32 }),
} as const

const parts = propertyList(PARTS)

export type ContinuationPart = Property<typeof PARTS>

/** @throws DecodeError */
export const readContinuation = (bytes: Uint8Array, scope: Scope): readonly ContinuationPart[] =>
  parts.read(new Reader(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)), scope)
