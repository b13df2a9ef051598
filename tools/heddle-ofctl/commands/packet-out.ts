import { type MessageOf, parseActionText, parsePacketOut, type Protocols } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { PORTS_FIRST } from '../names.js'
import { checkUsable, settleForMods } from '../protocols.js'
import { portOf } from './ports.js'

const ETHERNET_HEADER = 14

/** @throws FatalError on what is no packet */
function packetOf(hex: string): Buffer {
  const digits = /^(?:\s*[0-9a-fA-F]{2})*\s*/.exec(hex)?.[0] ?? ''
  if (digits.length !== hex.length) throw new FatalError('Trailing garbage in packet data')
  const packet = Buffer.from(digits.replaceAll(/\s/g, ''), 'hex')
  if (packet.length < ETHERNET_HEADER) throw new FatalError('Packet data too short for Ethernet')
  return packet
}

type PacketOut = MessageOf<'PACKET_OUT'>

/** Packets are made when they are their turn, so that those before a bad one have been sent. */
async function send(run: Run, usable: Protocols, packets: readonly (() => PacketOut)[]): Promise<void> {
  checkUsable(usable, run.options)
  await run.withSwitch(async (sw) => {
    await settleForMods(sw, usable, run.options)
    for (const packet of packets) await sw.command(packet(), run.options.verbosity)
  })
}

/** The older way: port, actions, and any number of packets as arguments of their own. */
async function sendPositional(run: Run): Promise<void> {
  const [, port = '', actionText = '', ...hexes] = run.args
  const names = await run.names.toAccept(run.target, PORTS_FIRST)
  const { actions, usable } = parseActionText(actionText, names)
  const in_port = names.portNumber?.(port) ?? (await portOf(run, port))
  await send(run, usable, hexes.map((hex) => () => ({ type: 'PACKET_OUT', in_port, actions, data: packetOf(hex) })))
}

async function sendDescribed(run: Run): Promise<void> {
  const { packet, usable } = parsePacketOut(run.args[1] ?? '', await run.names.toAccept(run.target))
  await send(run, usable, [() => ({ type: 'PACKET_OUT', ...packet })])
}

export const packetOut: Command = {
  name: 'packet-out',
  usage: 'SWITCH IN_PORT ACTIONS PACKET...',
  help: 'execute ACTIONS on PACKET; also SWITCH "in_port=PORT packet=HEX actions=ACTIONS"',
  min: 2,
  max: Infinity,
  writes: true,
  async run(run) {
    const { length } = run.args
    if (length > 3) await sendPositional(run)
    else if (length === 2) await sendDescribed(run)
    else throw new FatalError(`Too many arguments (${length + 1})`)
  },
}

