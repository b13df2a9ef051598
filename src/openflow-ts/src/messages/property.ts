import { DecodeError, EncodeError } from '../errors.js'
import { Reader } from '../binary.js'
import type { Layout, LayoutValue, Scope } from './layout.js'
import { expectEnd, type Shape, struct, type StructValue } from './struct.js'

/** A property that this library does not know: all its bytes, without the padding behind. */
export interface UnknownProperty {
  readonly type: 'unknown'
  readonly raw: Uint8Array
}

interface PropertySpec<S extends Shape> {
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
interface Experimenter {
  readonly experimenter?: { readonly id: number; readonly type: number }
}

export type Property<P extends Specs> =
  | { [K in keyof P & string]: { readonly type: K } & LayoutValue<P[K]['body']> }[keyof P & string]
  | UnknownProperty

const keyOf = (code: number, experimenter?: { id: number; type: number }): string =>
  experimenter === undefined ? String(code) : `${code}/${experimenter.id}/${experimenter.type}`

function readKey(r: Reader, code: number): string {
  return code === EXPERIMENTER ? keyOf(code, { id: r.u32(), type: r.u32() }) : keyOf(code)
}

/** Properties (type, length, body, padding to 8 bytes) to the end of what holds them, OpenFlow 1.4+. */
export function propertyList<P extends Specs>(specs: P): Layout<readonly Property<P>[]> {
  const byKey = new Map(
    Object.entries(specs).map(([name, spec]) => [keyOf(spec.code, spec.experimenter), { name, spec }]),
  )

  function readOne(r: Reader, scope: Scope): Property<P> {
    const offset = r.offset
    const [code, length] = [r.u16(), r.u16()]
    if (length < HEADER) throw new DecodeError(`property of length ${length}`, { offset, reply: 'OFPBPC_BAD_LEN' })
    const raw = r.bytes(length - HEADER)
    r.skip(Math.min((8 - (length % 8)) % 8, r.remaining))
    const body = new Reader(raw)
    const known = code === EXPERIMENTER && raw.length < 8 ? undefined : byKey.get(readKey(body, code))
    if (known === undefined) {
      const head = Buffer.from([code >> 8, code & 0xff, length >> 8, length & 0xff])
      return { type: 'unknown', raw: Buffer.concat([head, raw]) }
    }
    const value = known.spec.body.read(body, scope) as object
    expectEnd(body)
    return { type: known.name, ...value } as Property<P>
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
      while (r.remaining > 0) properties.push(readOne(r, scope))
      return properties
    },
  }
}
