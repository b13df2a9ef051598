/** Layouts that differ by the version of OpenFlow, or by the form of the message. */
import type { Reader } from '../binary.js'
import { EncodeError } from '../errors.js'
import type { OfVersion } from '../version.js'
import type { HiddenLayout, Layout, MessageLayout, OptionalLayout, Scope } from './layout.js'

/**
 * The layout of the newest version that is not above the message's.
 * @param layouts from the oldest on, as [first version, layout]
 */
export function byVersion<T>(...layouts: readonly (readonly [OfVersion, Layout<T>])[]): MessageLayout<T> {
  const chosen: (Layout<T> | undefined)[] = Array.from({ length: 7 }, (_, version) =>
    layouts.filter(([from]) => from <= version).at(-1)?.[1],
  )
  const choose = (version: OfVersion): Layout<T> => {
    const layout = chosen[version]
    if (layout === undefined) throw new EncodeError(`has no form in OpenFlow version 0x0${version}`)
    return layout
  }
  return {
    write: (w, value, scope) => { choose(scope.version).write(w, value, scope) },
    read: (r, scope) => choose(scope.version).read(r, scope),
    readMessage: (r, scope, type) => readAsMessage(choose(scope.version), r, scope, type),
  }
}

/** For messages of several forms: the layouts of some of them by name, and that of all others. */
export const byForm = <T>(forms: Readonly<Record<string, Layout<T>>>, others: Layout<T>): MessageLayout<T> => {
  const choose = ({ form }: Scope): Layout<T> => forms[form] ?? others
  return {
    write: (w, value, scope) => { choose(scope).write(w, value, scope) },
    read: (r, scope) => choose(scope).read(r, scope),
    readMessage: (r, scope, type) => readAsMessage(choose(scope), r, scope, type),
  }
}

/** Reads `layout` with type, version and xid before its fields. */
export function readAsMessage<T>(layout: Layout<T>, r: Reader, scope: Scope, type: string): T {
  if ('readMessage' in layout) return (layout as MessageLayout<T>).readMessage(r, scope, type)
  return { type, version: scope.version, xid: scope.xid, ...layout.read(r, scope) }
}

/** A field that versions from `from` on have; older ones have `filler` in its place, or nothing. */
export const since = <T>(
  from: OfVersion,
  layout: Layout<T>,
  fallback: T,
  filler?: HiddenLayout,
): OptionalLayout<T> => ({
  fallback,
  write(w, value, scope) {
    if (scope.version >= from) layout.write(w, value, scope)
    else filler?.write(w, undefined, scope)
  },
  read(r, scope) {
    if (scope.version >= from) return layout.read(r, scope)
    filler?.read(r, scope)
    return fallback
  },
})

/** Zero bytes that versions from `from` on have. */
export const padSince = (from: OfVersion, count: number): HiddenLayout => ({
  hidden: true,
  write(w, _value, { version }) {
    if (version >= from) w.zeros(count)
  },
  read(r, { version }) {
    if (version >= from) r.skip(count)
    return undefined
  },
})
