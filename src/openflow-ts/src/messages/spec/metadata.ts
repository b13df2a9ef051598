import { decodeMatch, encodeMatch, readMatchFields } from '../../match/oxm.js'
import type { Match } from '../../match/terms.js'
import { writeMatchFields } from '../../match/write.js'
import { OF10, type OfVersion } from '../../version.js'
import type { Reader, Writer } from '../../binary.js'
import type { Layout } from '../layout.js'

/** Where a switch tells of a packet, fields that are not known do no harm, and none needs its prerequisites. */
const LOOSE = { loose: true } as const

/** Metadata as it came, which goes back as it came: what is not known of it would be lost otherwise. */
const received = new WeakMap<Match, { readonly form: string; readonly version: OfVersion; readonly bytes: Uint8Array }>()

const remembering = (
  form: string,
  write: (w: Writer, value: Match, version: OfVersion) => void,
  read: (r: Reader, version: OfVersion) => Match,
): Layout<Match> => ({
  write(w, value, { version }) {
    const known = received.get(value)
    if (known?.form === form && known.version === version) w.bytes(known.bytes)
    else write(w, value, version)
  },
  read(r, { version }) {
    const { offset } = r
    const value = read(r, version)
    received.set(value, { form, version, bytes: r.copyFrom(offset) })
    return value
  },
})

/** A packet's metadata as a match with header and padding. */
export const metadataMatch = remembering('oxm', encodeMatch, (r, version) => decodeMatch(r, version, LOOSE))

/** The same as fields to the end. */
export const metadataFields = remembering('fields', writeMatchFields, (r) => readMatchFields(r, LOOSE))

/** Fields of NXM, whatever the version. */
export const metadataNxm = remembering(
  'nxm',
  (w, value) => { writeMatchFields(w, value, OF10) },
  (r) => readMatchFields(r, LOOSE),
)
