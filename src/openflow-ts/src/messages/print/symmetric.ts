import { DecodeError } from '../../errors.js'
import { ROLE_REASONS } from '../spec/controller.js'
import { UNKNOWN_U64 } from '../spec/parts.js'
import { readHello } from '../spec/symmetric.js'
import type { MessageOf } from '../table.js'
import { hexDump, type Inner, type PrintContext } from './common.js'

const HEADER_BYTES = 8
const NEWEST = 31

/** All versions up to that of the header, unless a bitmap says otherwise. */
function versionsOf(m: MessageOf<'HELLO'>): number[] {
  const [bitmap] = m.bitmaps ?? []
  const all = Array.from({ length: NEWEST }, (_, i) => i + 1)
  return bitmap === undefined
    ? all.slice(0, m.version ?? 1)
    : all.filter((version) => (bitmap & (1 << version)) !== 0)
}

export function printHello(m: MessageOf<'HELLO'>, _ctx: PrintContext, inner: Inner): string {
  const versions = versionsOf(m).map((version) => `0x${version.toString(16).padStart(2, '0')}`)
  const text = `\n version bitmap: ${versions.join(', ')}\n`
  const source = inner.source()
  const { understood } = readHello(source.subarray(HEADER_BYTES))
  return understood ? text : `${text} unknown data in hello:\n${hexDump(source)}`
}

/** Text with what is not printable as octal escapes. */
const printable = (data: Uint8Array): string =>
  [...data]
    .map((byte) => {
      const isPlain = byte >= 0x20 && byte <= 0x7e && byte !== 0x22 && byte !== 0x5c
      return isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
    })
    .join('')

/** Messages that failed are printed with what is most necessary. */
const INNER_VERBOSITY = 1

export function printError(m: MessageOf<'ERROR'>, ctx: PrintContext, inner: Inner): string {
  const { error } = m
  if (error === undefined) {
    throw new DecodeError('an error without a name', { offset: HEADER_BYTES, reply: 'OFPBRC_BAD_LEN' })
  }
  if (error === 'OFPHFC_INCOMPATIBLE' || error === 'OFPHFC_EPERM') return ` ${error}\n${printable(m.data)}`
  return ` ${error}\n${inner.bytes(m.data, { ...ctx, verbosity: INNER_VERBOSITY })}`
}

export function printEcho(m: MessageOf<'ECHO_REQUEST'> | MessageOf<'ECHO_REPLY'>, { verbosity = 1 }: PrintContext): string {
  const { data = new Uint8Array() } = m
  return ` ${data.length} bytes of payload\n${verbosity > 1 ? hexDump(data) : ''}`
}

const generation = (id: bigint): string => ` generation_id=${id.toString()}`

export function printRoleRequest({ role, form, generation_id = UNKNOWN_U64 }: MessageOf<'ROLE_REQUEST'>): string {
  return ` role=${role}${role === 'nochange' || form !== undefined ? '' : generation(generation_id)}`
}

export function printRoleReply({ role, generation_id = UNKNOWN_U64 }: MessageOf<'ROLE_REPLY'>): string {
  return ` role=${role}${generation_id === UNKNOWN_U64 ? '' : generation(generation_id)}`
}

export function printRoleStatus(m: MessageOf<'ROLE_STATUS'>): string {
  const { role, reason, generation_id = UNKNOWN_U64 } = m
  const known = Object.hasOwn(ROLE_REASONS, reason) ? reason : '(unknown)'
  return ` role=${role}${generation_id === UNKNOWN_U64 ? '' : generation(generation_id)} reason=${known}`
}
