import { formatPacketFlow, PORTS } from 'openflow-ts'
import { ExitError } from '../../cli/errors.js'
import type { Command, Run } from '../command.js'
import { PcapError, PcapFile } from '../pcap.js'
import { PROGRAM } from '../program.js'

/** Prints the flow of each packet of a capture. */
async function printFlows(run: Run, path: string): Promise<void> {
  for (const frame of (await PcapFile.open(path)).frames()) run.print(formatPacketFlow(frame, PORTS.ANY))
}

export const parsePcap: Command = {
  name: 'parse-pcap',
  usage: 'PCAP...',
  help: 'print the flow of each packet of PCAPs',
  min: 1,
  max: Infinity,
  async run(run) {
    // The others are read all the same; as with ovs-ofctl, the exit code is the last failure's number.
    let failure = 0
    for (const path of run.args) {
      try {
        await printFlows(run, path)
      } catch (error) {
        if (!(error instanceof PcapError)) throw error
        run.io.err(`${PROGRAM}: ${error.message}\n`)
        failure = error.errno & 0xff
      }
    }
    if (failure !== 0) throw new ExitError(failure)
  },
}
