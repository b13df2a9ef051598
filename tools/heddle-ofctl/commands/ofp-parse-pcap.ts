import { type ExtractedPacket, extractFields, formatBytes, HEADER_BYTES } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { leadingInteger } from '../hex.js'
import { PcapFile } from '../pcap.js'
import { TcpStreams } from '../tcp-streams.js'

/** The number that IANA gave OpenFlow, and the one before. */
const OPENFLOW_PORTS: readonly number[] = [6653, 6633]
const ETH_IPV4 = 0x0800
const TCP = 6

const address = (ip: number): string => [24, 16, 8, 0].map((shift) => (ip >>> shift) & 0xff).join('.')

const ends = ({ fields }: ExtractedPacket): string =>
  `${address(Number(fields.nw_src))}.${Number(fields.tcp_src)} > ` +
  `${address(Number(fields.nw_dst))}.${Number(fields.tcp_dst)}:\n`

/** Takes whole messages off a stream and prints them. */
function printMessages(run: Run, stream: { payload: Buffer }, head: string, isFirst: boolean): boolean {
  let first = isFirst
  while (stream.payload.length >= HEADER_BYTES) {
    const length = stream.payload.readUInt16BE(2)
    if (length < HEADER_BYTES || length > stream.payload.length) break
    const message = formatBytes(stream.payload.subarray(0, length), { verbosity: run.options.verbosity + 1 })
    run.print(`${first ? '' : '\n'}${head}${message}`)
    first = false
    stream.payload = stream.payload.subarray(length)
  }
  return first
}

export const ofpParsePcap: Command = {
  name: 'ofp-parse-pcap',
  usage: 'PCAP [PORT...]',
  help: 'print OpenFlow read from PCAP',
  min: 1,
  max: Infinity,
  async run(run) {
    const [path = '', ...given] = run.args
    const ports = given.length === 0 ? OPENFLOW_PORTS : given.map(leadingInteger)
    const streams = new TcpStreams()
    let first = true
    for (const frame of (await PcapFile.open(path)).frames()) {
      const found = extractFields(frame)
      const { eth_type, nw_proto, tcp_src = 0, tcp_dst = 0 } = found.fields
      if (eth_type !== ETH_IPV4 || nw_proto !== TCP) continue
      if (!ports.includes(Number(tcp_src)) && !ports.includes(Number(tcp_dst))) continue
      const stream = streams.add(frame, found)
      if (stream !== undefined) first = printMessages(run, stream, ends(found), first)
    }
  },
}
