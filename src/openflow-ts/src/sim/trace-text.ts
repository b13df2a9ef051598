import { CT_STATE_NAMES, formatFlagSet } from '../text/flags.js'
import { formatIpv4, formatIpv6 } from '../text/addresses.js'
import { datapathActions } from './datapath.js'
import type { Packet } from './packet.js'
import { formatConsulted, formatSimPacket } from './packet-text.js'
import type { Pass, Resumed, Step, Trace } from './result.js'
import type { SwitchModel } from './switch.js'

const INDENT = '    '
const RULE = '='.repeat(79)

/** Lines that stand under the one before them, wherever that is in its list. */
const TERMINAL = new Set<Step['type']>(['action', 'detail', 'warn', 'error', 'bucket'])

function line(step: Step, indent: string): string {
  switch (step.type) {
    case 'detail':
      return `${indent} -> ${step.text}\n`
    case 'warn':
      return `${indent} >> ${step.text}\n`
    case 'error':
      return `${indent} >>>> ${step.text} <<<<\n`
    case 'bridge':
      return `\n${indent}${step.text}\n${indent}${'-'.repeat(step.text.length)}\n`
    default:
      return `${indent}${step.text}\n`
  }
}

/** The last of several steps is not indented, so that a row of tables stands in one column. */
function formatSteps(steps: readonly Step[], level: number): string {
  let text = ''
  steps.forEach((step, i) => {
    const more = i < steps.length - 1 || TERMINAL.has(step.type) ? 1 : 0
    text += line(step, INDENT.repeat(level + more))
    text += formatSteps(step.steps, level + more + more)
  })
  return text
}

const SLOW =
  '\nThis flow is handled by the userspace slow path because it:\n  - Uses action(s) not supported by datapath.'

function formatPass(pass: Pass, sw: SwitchModel): string {
  const final = pass.packet.equals(pass.final) ? 'unchanged' : formatSimPacket(pass.final)
  const actions = datapathActions(sw, pass.packet, pass.effects)
  const error = pass.error === undefined ? '' : `\nTranslation failed (${pass.error}), packet is dropped.\n`
  return (
    `Flow: ${formatSimPacket(pass.packet)}\n${formatSteps(pass.steps, 0)}\nFinal flow: ${final}\n` +
    `Megaflow: ${formatConsulted(pass.packet, pass.consulted)}\n` +
    `Datapath actions: ${actions.text}${error}` +
    ((pass.slow || actions.slow) && pass.error === undefined ? SLOW : '')
  )
}

function ends(packet: Packet, family: 'ipv4' | 'ipv6' | undefined): string {
  const ports = [packet.get('tcp_src'), packet.get('tcp_dst')]
  const [src, dst] = [`tp_src=${ports[0] ?? 0}`, `tp_dst=${ports[1] ?? 0}`]
  if (family === 'ipv4') {
    return `nw_src=${formatIpv4(packet.get('nw_src'))},${src},nw_dst=${formatIpv4(packet.get('nw_dst'))},${dst}`
  }
  if (family === undefined) return ''
  const [from, to] = [formatIpv6(packet.get('ipv6_src')), formatIpv6(packet.get('ipv6_dst'))]
  return `ipv6_src=[${from}],${src},ipv6_dst=[${to}],${dst}`
}

function formatResumed({ recirc_id, ct_state, assumed, nat }: Resumed): string {
  const state = formatFlagSet(CT_STATE_NAMES, ct_state)
  const how = assumed
    ? 'resume conntrack with default ct_state=trk|new (use --ct-next to customize)'
    : `resume conntrack with ct_state=${state}`
  const translated =
    nat === undefined
      ? ''
      : `Replacing src/dst IP/ports to simulate NAT:\n Initial flow: ${ends(nat.before, nat.family)}\n` +
        ` Modified flow: ${ends(nat.after, nat.family)}\n`
  return `\n\n${RULE}\nrecirc(0x${recirc_id.toString(16)}) - ${how}\n${translated}${RULE}\n\n`
}

/** A trace in the form of ofproto/trace. */
export function formatTrace(trace: Trace, sw: SwitchModel): string {
  let text = formatPass(trace, sw)
  const queue = [...trace.resumed]
  for (let resumed = queue.shift(); resumed !== undefined; resumed = queue.shift()) {
    text += formatResumed(resumed) + formatPass(resumed.pass, sw)
    queue.push(...resumed.pass.resumed)
  }
  return text.endsWith('\n') ? text : `${text}\n`
}
