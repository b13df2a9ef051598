/** Debugging of the fixed matches of OpenFlow 1.0 and 1.1: how they are understood, and how they would be sent. */
import {
  DecodeError,
  decodeOfp10Match,
  decodeOfp11Match,
  encodeOfp10Match,
  encodeOfp11Match,
  formatMatch,
  type Match,
  normalizeMatch,
  OFP10_MATCH_BYTES,
  OFP11_MATCH_BYTES,
  Reader,
  Writer,
} from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { differences } from '../differences.js'
import { FatalError } from '../../cli/errors.js'
import { linesOf } from '../files.js'
import { parseHex } from '../hex.js'

/** A match in hex, of which there must be `size` bytes. @throws FatalError */
function matchBytes(hex: string, size: number): Buffer {
  const bytes = parseHex(hex, 'Trailing garbage in hex data')
  if (bytes.length !== size) throw new FatalError(`Input is ${bytes.length} bytes, expected ${size}`)
  return bytes
}

function written(write: (w: Writer, match: Match) => void, match: Match): Buffer {
  const w = new Writer()
  write(w, match)
  return w.take()
}

const randomDigit = (): string => Math.floor(Math.random() * 16).toString(16)

/** Digits given as `x` may be anything, and should be 0 in what is sent. */
function printOfp10(run: Run, line: string): void {
  const expected = matchBytes(line.replaceAll('x', '0'), OFP10_MATCH_BYTES)
  const match = decodeOfp10Match(new Reader(matchBytes(line.replaceAll('x', randomDigit), OFP10_MATCH_BYTES)))
  const sent = written(encodeOfp10Match, match)
  const normal = written(encodeOfp10Match, normalizeMatch(match))
  run.print(`${formatMatch(match)}\n${differences(expected, sent)}${differences(sent, normal, 'normal: ')}\n`)
}

/** Type and length, which are not looked at here. */
const HEADER = Buffer.from([0, 0, 0, OFP11_MATCH_BYTES])

function printOfp11(run: Run, line: string): void {
  const given = matchBytes(line, OFP11_MATCH_BYTES)
  try {
    const match = decodeOfp11Match(new Reader(Buffer.concat([HEADER, given.subarray(HEADER.length)])))
    run.print(`${formatMatch(match)}\n${differences(given, written(encodeOfp11Match, match))}\n`)
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error
    run.print(`bad ofp11_match: ${error.reply}\n\n`)
  }
}

const command = (version: '10' | '11', print: (run: Run, line: string) => void): Command => ({
  name: `parse-ofp${version}-match`,
  usage: '',
  help: `print the matches of OpenFlow 1.${version.slice(1)} that are read, in hex, from standard input`,
  min: 0,
  max: 0,
  async run(run) {
    for (const [, line] of linesOf(await run.io.stdin())) print(run, line)
  },
})

export const PARSE_FIXED_MATCHES: readonly Command[] = [command('10', printOfp10), command('11', printOfp11)]
