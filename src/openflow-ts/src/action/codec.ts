import type { Reader, Writer } from '../binary.js'
import { DecodeError, EncodeError } from '../errors.js'
import { OF10, OF15, VERSION_NAMES, type OfVersion } from '../version.js'
import type { ActionForm, ActionSpec, DecodeEnv, EncodeEnv } from './spec.js'
import { formByWire, specByType } from './table.js'
import type { Action } from './types.js'

const EXPERIMENTER = 0xffff
/** Deeper nesting than any switch accepts; what a peer sends must not overflow our stack. */
const MAX_DEPTH = 32

interface EncodeCase extends EncodeEnv {
  readonly chosen: Map<string, ActionForm<Action>>
}

const encodeEnvs: EncodeCase[] = []
for (let version: number = OF10; version <= OF15; version++) {
  const env: EncodeCase = {
    version: version as OfVersion,
    chosen: new Map(),
    actions: (w, list) => {
      writeActions(w, list, env)
    },
  }
  encodeEnvs[version] = env
}

/** The form that a version sends when the action itself does not choose. */
function formFor(spec: ActionSpec, action: Action, env: EncodeCase): ActionForm<Action> {
  const { version } = env
  if (spec.choose !== undefined) {
    const form = spec.forms[spec.choose(action, version)]
    if (form !== undefined && version >= form.since && version <= form.until) return form
  } else {
    const known = env.chosen.get(action.type)
    if (known !== undefined) return known
    const form = spec.forms.find((candidate) => version >= candidate.since && version <= candidate.until)
    if (form !== undefined) {
      env.chosen.set(action.type, form)
      return form
    }
  }
  throw new EncodeError(`${action.type} cannot be sent in ${VERSION_NAMES[version]}`)
}

function writeActions(w: Writer, list: readonly Action[], env: EncodeCase): void {
  for (const action of list) writeAction(w, action, env)
}

function writeAction(w: Writer, action: Action, env: EncodeCase): void {
  if (action.type === 'unknown') {
    w.bytes(action.raw)
    return
  }
  const spec = specByType(action.type)
  if (spec === undefined) throw new EncodeError(`unknown action ${action.type}`)
  const lowered = spec.lower?.(action, env.version)
  if (lowered !== undefined) {
    writeActions(w, lowered, env)
    return
  }
  const form = formFor(spec, action, env)
  const start = w.length
  w.u16(form.vendor === 0 ? form.code : EXPERIMENTER)
  w.u16(0)
  if (form.vendor !== 0) {
    w.u32(form.vendor)
    w.u16(form.code)
  }
  form.encode(w, action, env)
  w.alignFrom(start, 8)
  const length = w.length - start
  if (length > 0xffff) throw new EncodeError(`${action.type} is ${length} bytes long`)
  w.patch16(start + 2, length)
}

/**
 * Writes an action list, as in packet-outs and buckets, without a length of its own.
 * @throws EncodeError when the version cannot express an action
 */
export function encodeActions(w: Writer, a: readonly Action[], v: OfVersion): void {
  const env = encodeEnvs[v]
  if (env !== undefined) writeActions(w, a, env)
}

class Decoder implements DecodeEnv {
  readonly version: OfVersion
  #depth = 0

  constructor(version: OfVersion) {
    this.version = version
  }

  actions(r: Reader, length: number): Action[] {
    if (++this.#depth > MAX_DEPTH) {
      throw new DecodeError('actions are nested too deep', { offset: r.offset, reply: 'OFPBAC_TOO_MANY' })
    }
    const list: Action[] = []
    const end = r.offset + length
    if (length > r.remaining) {
      const what = `${length} bytes of actions, ${r.remaining} left`
      throw new DecodeError(what, { offset: r.offset, reply: 'OFPBAC_BAD_LEN' })
    }
    while (r.offset < end) list.push(this.#one(r, end))
    this.#depth--
    return list
  }

  #one(r: Reader, end: number): Action {
    const offset = r.offset
    const type = r.u16()
    const length = r.u16()
    if (length < 8 || length % 8 !== 0 || offset + length > end) {
      throw new DecodeError(`action ${type} of ${length} bytes`, { offset, reply: 'OFPBAC_BAD_LEN' })
    }
    const body = r.slice(length - 4)
    let vendor = 0
    let code = type
    if (type === EXPERIMENTER) {
      vendor = body.u32()
      code = body.remaining >= 2 ? body.u16() : -1
    }
    const form = formByWire(this.version, vendor, code)
    if (form === undefined) return { type: 'unknown', of: 'action', raw: r.copyFrom(offset) }
    return form.decode(body, this)
  }
}

/**
 * Reads `length` bytes of actions. What is not known comes back as `unknown`.
 * @throws DecodeError (OFPBAC_*)
 */
export function decodeActions(r: Reader, length: number, v: OfVersion): Action[] {
  return new Decoder(v).actions(r, length)
}
