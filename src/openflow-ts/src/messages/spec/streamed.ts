import { readEntries } from '../entries.js'
import type { Layout } from '../layout.js'

/**
 * A struct and then entries to the end, as its field `name`. Where an entry cannot be decoded, what comes before it
 * is the error's `partial`: ovs-ofctl prints that much.
 */
export const streamed = <H extends object, K extends string, E>(
  head: Layout<H>,
  name: K,
  entry: Layout<E>,
): Layout<H & { readonly [P in K]?: readonly E[] }> => ({
  write(w, value, scope) {
    head.write(w, value, scope)
    for (const item of value[name] ?? []) entry.write(w, item, scope)
  },
  read(r, scope) {
    const before = head.read(r, scope)
    return readEntries(entry, r, scope, (entries) => ({ ...before, [name]: entries }))
  },
})
