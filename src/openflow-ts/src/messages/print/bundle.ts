import { BUNDLE_FLAGS } from '../spec/bundle.js'
import type { Message, MessageOf } from '../table.js'
import { hex, hexOrZero, type Inner, type PrintContext } from './common.js'
import { printGroupMod } from './group.js'
import { printMeterMod } from './meter.js'

const ORDER = Object.keys(BUNDLE_FLAGS)

function printFlags(flags: readonly (string | number)[] = []): string {
  const names = ORDER.filter((name) => flags.includes(name))
  const others = flags.filter((flag) => typeof flag === 'number').map(hex)
  return names.length + others.length === 0 ? '0' : [...names, ...others].join(' ')
}

/** OFPT_BUNDLE_CONTROL; a control without a name is not shown. */
export function printBundleControl(m: MessageOf<'BUNDLE_CONTROL'>): string {
  const control = typeof m.control === 'number' ? '' : m.control.toUpperCase()
  return `\n bundle_id=${hexOrZero(m.bundle_id)} type=${control} flags=${printFlags(m.flags)}\n`
}

/** OFPT_BUNDLE_ADD_MESSAGE with what it adds, which may be bytes that are not in order. */
export function printBundleAdd(m: MessageOf<'BUNDLE_ADD_MESSAGE'>, ctx: PrintContext, inner: Inner): string {
  return (
    `\n bundle_id=${hexOrZero(m.bundle_id)} flags=${printFlags(m.flags)}\n` +
    inner.message(m.message as Message, ctx)
  )
}

/** OFPT_REQUESTFORWARD with the request, but its header. */
export function printRequestForward(m: MessageOf<'REQUESTFORWARD'>, ctx: PrintContext): string {
  const request = m.message as Message
  if (request.type === 'GROUP_MOD') return ` reason=group_mod${printGroupMod(request, m.version ?? 0, ctx)}`
  return request.type === 'METER_MOD' ? ` reason=meter_mod${printMeterMod(request)}` : ''
}
