import { readFile } from 'node:fs/promises'
import { formatBytes, formatPacket, HEADER_BYTES } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { describe, FatalError } from '../../cli/errors.js'
import { leadingInteger, parseHex } from '../hex.js'
import { ofpParsePcap } from './ofp-parse-pcap.js'

const DEFAULT_VERBOSITY = 2

async function firstLine(run: Run): Promise<string> {
  const [line = ''] = (await run.io.stdin()).split('\n')
  if (line === '') throw new FatalError('Failed to read stdin')
  return line
}

/** Hex and verbosity; `-` as the last argument stands for a line of standard input, the verbosity is then before it. */
async function printArguments(run: Run): Promise<{ hex: string; verbosity: string | undefined }> {
  const { args } = run
  const [first = '', second] = args
  if (args.at(-1) === '-') return { hex: await firstLine(run), verbosity: args.length > 1 ? first : undefined }
  return { hex: first, verbosity: second }
}

const ofpPrint: Command = {
  name: 'ofp-print',
  usage: 'HEX [VERBOSITY]',
  help: 'print an OpenFlow message given in hex',
  min: 1,
  max: 2,
  async run(run) {
    const { hex, verbosity } = await printArguments(run)
    const bytes = parseHex(hex, 'trailing garbage following hex bytes')
    const context = { verbosity: verbosity === undefined ? DEFAULT_VERBOSITY : leadingInteger(verbosity) }
    run.print(formatBytes(bytes, context))
  },
}

async function readAll(run: Run, path: string): Promise<Buffer> {
  if (path === '-') return run.io.stdinBytes()
  try {
    return await readFile(path)
  } catch (error) {
    // What opens but cannot be read counts as empty, as with C's streams.
    if (describe(error) === 'Is a directory') return Buffer.alloc(0)
    throw new FatalError(`${path}: open (${describe(error)})`)
  }
}

const ofpParse: Command = {
  name: 'ofp-parse',
  usage: 'FILE',
  help: 'print messages read from FILE',
  min: 1,
  max: 1,
  async run(run) {
    const [path = ''] = run.args
    const file = path === '-' ? 'stdin' : path
    const bytes = await readAll(run, path)
    for (let at = 0; at < bytes.length; ) {
      const left = bytes.length - at
      const length = left < HEADER_BYTES ? HEADER_BYTES : bytes.readUInt16BE(at + 2)
      if (length < HEADER_BYTES) throw new FatalError(`${file}: ${length}-byte message is too short for OpenFlow`)
      if (length > left) throw new FatalError(`${file}: unexpected end of file mid-message`)
      run.print(formatBytes(bytes.subarray(at, at + length), { verbosity: DEFAULT_VERBOSITY + run.options.verbosity }))
      at += length
    }
  },
}

const parsePacket: Command = {
  name: 'parse-packet',
  usage: '',
  help: 'print the packet that is read from standard input',
  min: 0,
  max: 0,
  async run(run) {
    run.print(formatPacket(await run.io.stdinBytes()))
  },
}

export const OFP_PRINT: readonly Command[] = [ofpPrint, ofpParse, ofpParsePcap, parsePacket]
