import { choice, type Enclosed, flagSet, type Layout, optional, pad, rest, u16, u32 } from '../layout.js'
import { struct } from '../struct.js'

export const BUNDLE_CONTROLS = {
  open_request: 0,
  open_reply: 1,
  close_request: 2,
  close_reply: 3,
  commit_request: 4,
  commit_reply: 5,
  discard_request: 6,
  discard_reply: 7,
} as const
export const BUNDLE_FLAGS = { atomic: 1, ordered: 2 } as const
export type BundleFlag = keyof typeof BUNDLE_FLAGS

const flags = { ...flagSet(u16, BUNDLE_FLAGS, 'OFPBFC_BAD_FLAGS'), fallback: [] }
const noProperties: Uint8Array = new Uint8Array()

/** OFPT_BUNDLE_CONTROL, and ONF's extension for 1.3. */
export const bundleControl = struct({
  bundle_id: u32,
  control: choice(u16, BUNDLE_CONTROLS, 'OFPBFC_BAD_TYPE'),
  flags,
  properties: optional(rest, noProperties),
})

/** A message with its header, of the version and xid of the one around it. */
const enclosed: Layout<Enclosed> = {
  write(w, value, scope) {
    scope.enclosed.write(w, value, scope)
  },
  read: (r, scope) => scope.enclosed.read(r, scope),
}

/** OFPT_BUNDLE_ADD_MESSAGE, and ONF's extension for 1.3. */
export const bundleAdd = struct({
  bundle_id: u32,
  _1: pad(2),
  flags,
  message: enclosed,
  properties: optional(rest, noProperties),
})
