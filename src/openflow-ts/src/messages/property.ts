import { DecodeError, EncodeError } from '../errors.js'
import type { Reader } from '../binary.js'
import type { Layout, LayoutValue, Scope } from './layout.js'
import { expectEnd, type Shape, struct, type StructValue } from './struct.js'

/** A property that this library does not know: all its bytes, without the padding behind. */
export interface UnknownProperty {
  readonly type: 'unknown'
  readonly raw: Uint8Array
}

/** One entry of a list's table of properties. */
export interface PropertySpec<S extends Shape> {
  readonly code: number
  /** For code 0xffff. */
  readonly experimenter?: { readonly id: number; readonly type: number }
  readonly body: Layout<StructValue<S>>
}

const EXPERIMENTER = 0xffff
const HEADER = 4

/** A property by its number, and what follows the 4 bytes of its header. */
export const property = <S extends Shape>(code: number, shape: S): PropertySpec<S> => ({ code, body: struct(shape) })

/** The same for a property of an experimenter, after its 12 bytes of header. */
export const experimenterProperty = <S extends Shape>(id: number, type: number, shape: S): PropertySpec<S> => ({
  code: EXPERIMENTER,
  experimenter: { id, type },
  body: struct(shape),
})

type Specs = Readonly<Record<string, { readonly code: number; readonly body: Layout<unknown> } & Experimenter>>
export interface Experimenter {
  readonly experimenter?: { readonly id: number; readonly type: number }
}

export type Property<P extends Specs> =
  | { [K in keyof P & string]: { readonly type: K } & LayoutValue<P[K]['body']> }[keyof P & string]
  | UnknownProperty

/** The OFPERR for a property that is not known, of the standard and of an experimenter, and for one that repeats. */
export interface Refusal {
  readonly plain?: string
  readonly experimenter?: string
  readonly twice?: string
}

/** What OVS answers to properties that it would have to understand. */
export const REFUSE_UNKNOWN: Refusal = { plain: 'OFPBPC_BAD_TYPE', experimenter: 'OFPBPC_BAD_EXP_TYPE' }

const keyOf = (code: number, experimenter?: { id: number; type: number }): string =>
  experimenter === undefined ? String(code) : `${code}/${experimenter.id}/${experimenter.type}`

const badLength = (offset: number, what: string): DecodeError =>
  new DecodeError(what, { offset, reply: 'OFPBPC_BAD_LEN' })

function readKey(r: Reader, code: number): string {
  if (code !== EXPERIMENTER) return keyOf(code)
  const offset = r.offset
  if (r.remaining < 8) throw badLength(offset, `experimenter property with ${r.remaining} bytes`)
  const id = r.u32()
  if (id === 0) throw new DecodeError('experimenter 0', { offset, reply: 'OFPBPC_BAD_EXPERIMENTER' })
  return keyOf(code, { id, type: r.u32() })
}

const refusalOf = (code: number, { plain, experimenter }: Refusal): string | undefined =>
  code === EXPERIMENTER ? experimenter : plain

/** A body that does not fill its property, or needs more than it, has a bad length, whatever is in it. */
function readBody(spec: { readonly body: Layout<unknown> }, body: Reader, scope: Scope): object {
  const { offset } = body
  try {
    const value = spec.body.read(body, scope) as object
    expectEnd(body)
    return value
  } catch (error) {
    if (!(error instanceof DecodeError) || error.reply !== 'OFPBRC_BAD_LEN') throw error
    throw badLength(offset, error.message)
  }
}

/**
 * Properties (type, length, body, padding to 8 bytes) to the end of what holds them, OpenFlow 1.4+.
 * @param refusal without it, properties that are not in `specs` are kept as they came, and all may repeat
 */
export function propertyList<P extends Specs>(specs: P, refusal: Refusal = {}): Layout<readonly Property<P>[]> {
  const byKey = new Map(
    Object.entries(specs).map(([name, spec]) => [keyOf(spec.code, spec.experimenter), { name, spec }]),
  )

  function readOne(r: Reader, scope: Scope, before: Set<string>): Property<P> {
    const offset = r.offset
    if (r.remaining < HEADER) throw badLength(offset, `${r.remaining} bytes of a property`)
    const [code, length] = [r.u16(), r.u16()]
    const padding = (8 - (length % 8)) % 8
    if (length < HEADER || length - HEADER + padding > r.remaining) {
      throw badLength(offset, `property of length ${length}`)
    }
    const body = r.slice(length - HEADER)
    const known = byKey.get(readKey(body, code))
    const reply = known === undefined ? refusalOf(code, refusal) : before.has(known.name) ? refusal.twice : undefined
    if (reply !== undefined) throw new DecodeError(`property ${code}`, { offset, reply })
    if (known !== undefined) before.add(known.name)
    const property =
      known === undefined
        ? ({ type: 'unknown', raw: r.copyFrom(offset) } as const)
        : ({ type: known.name, ...readBody(known.spec, body, scope) } as Property<P>)
    r.skip(padding)
    return property
  }

  return {
    write(w, properties, scope) {
      for (const item of properties) {
        const start = w.length
        if (item.type === 'unknown') {
          w.bytes((item as UnknownProperty).raw)
        } else {
          const spec = specs[item.type]
          if (spec === undefined) throw new EncodeError(`no property is called "${item.type}"`)
          w.u16(spec.code)
          w.u16(0)
          if (spec.experimenter !== undefined) {
            w.u32(spec.experimenter.id)
            w.u32(spec.experimenter.type)
          }
          spec.body.write(w, item, scope)
          w.patch16(start + 2, w.length - start)
        }
        w.alignFrom(start, 8)
      }
    },
    read(r, scope) {
      const properties: Property<P>[] = []
      const before = new Set<string>()
      while (r.remaining > 0) properties.push(readOne(r, scope, before))
      return properties
    },
  }
}
