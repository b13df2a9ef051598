import { composeSimPacket, formatSimPacket, hexDump, packetOfBytes, parseExactPacket, PORTS } from 'openflow-ts'
import { ExitError, FatalError } from '../../cli/errors.js'
import type { Command, Run } from '../command.js'
import { parseHex } from '../hex.js'
import { capture } from '../pcap.js'

const PAYLOAD_BYTES = 64

/** What packets carry that may carry anything. */
const anyPayload = (): Buffer => Buffer.from(Array.from({ length: PAYLOAD_BYTES }, (_, i) => i))

/** Prints the frame, and on standard error what a switch would see in it if that is not the flow. */
function compose(run: Run): void {
  const [flow = '', hex] = run.args
  const wanted = parseExactPacket(flow)
  const payload = hex === undefined ? anyPayload() : parseHex(hex, `${hex}: trailing garbage in packet data`)
  const frame = composeSimPacket(wanted, payload)
  if (run.options.pcap) run.printBytes(capture(frame, Date.now()))
  else run.print(hexDump(frame, false))
  const seen = packetOfBytes(frame, PORTS.ANY)
  if (seen.equals(wanted)) return
  const [specified, extracted] = [wanted, seen].map((packet) => formatSimPacket(packet, { described: true }))
  run.io.err(`specified and extracted flows differ:\nspecified: ${specified}\nextracted: ${extracted}`)
  throw new ExitError(1)
}

export const composePacketCommand: Command = {
  name: 'compose-packet',
  usage: 'FLOW [PAYLOAD]',
  help: 'print the packet of FLOW, in hex or with --pcap as a capture, with its PAYLOAD in hex',
  min: 1,
  max: 2,
  run(run) {
    if (run.options.pcap && run.io.isTerminal) {
      throw new FatalError('not writing pcap data to stdout; redirect to a file or pipe to hexdump instead')
    }
    compose(run)
  },
}
