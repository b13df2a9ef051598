/** Kinds that are a command of ovs-ofctl: heddle-ofctl's command of that name answers, in this process. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CapturedIo } from '../../heddle-ofctl/io.js'
import { PROGRAM } from '../../heddle-ofctl/program.js'
import { runOfctl } from '../../heddle-ofctl/run.js'
import { withScratch } from '../scratch.js'
import { type Answer, type Kind, type Kinds, textInput, type Vector } from '../vector.js'

const PREFIX = `${PROGRAM}: `

/** What one command line of heddle-ofctl says. */
export async function answerOf(argv: readonly string[], stdin?: string | Buffer): Promise<Answer> {
  const io = new CapturedIo(stdin)
  const code = await runOfctl(argv, io)
  if (code === 0) return { output: io.stdout }
  const { stderr } = io
  return { output: io.stdout, error: (stderr.startsWith(PREFIX) ? stderr.slice(PREFIX.length) : stderr).trimEnd() }
}

const withoutXids = (text: string): string => text.replaceAll(/ \(xid=0x[0-9a-f]+\)/g, '')
const mapOutput = ({ output, ...rest }: Answer, change: (text: string) => string): Answer => ({
  ...rest,
  output: change(String(output)),
})

const args = (vector: Vector): readonly string[] => vector.args ?? []

/** OPTIONS COMMAND INPUT */
const last = (command: string): Kind => async (vector) =>
  mapOutput(await answerOf([...args(vector), command, '--', textInput(vector)]), withoutXids)

/** COMMAND INPUT ARGS */
const first = (command: string): Kind => (vector) => answerOf([command, '--', textInput(vector), ...args(vector)])

/** COMMAND ARGS, input as a line of standard input. */
const piped = (command: string): Kind => (vector) => answerOf([command, ...args(vector)], `${textInput(vector)}\n`)

/** OPTIONS COMMAND VERSION, input as a line of standard input; the version is the last of the arguments. */
const pipedVersion = (command: string): Kind => (vector) => {
  const options = args(vector)
  return answerOf([...options.slice(0, -1), command, ...options.slice(-1)], `${textInput(vector)}\n`)
}

/** OPTIONS COMMAND FILE; in what it says the file is called `input`. */
const fromFile = (command: string, content: (text: string) => string | Buffer): Kind => (vector) =>
  withScratch(async (directory) => {
    const path = join(directory, 'input')
    await writeFile(path, content(textInput(vector)))
    const answer = await answerOf([...args(vector), command, path])
    const named = (text: string): string => withoutXidsUnlessPrinted(command, text.replaceAll(path, 'input'))
    return answer.error === undefined
      ? { output: named(String(answer.output)) }
      : { output: named(String(answer.output)), error: named(answer.error) }
  })

const withoutXidsUnlessPrinted = (command: string, text: string): string =>
  command === 'parse-flows' ? withoutXids(text) : text

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(/\s/g, ''), 'hex')

export const OFCTL_KINDS: Kinds = {
  'ofp-print': first('ofp-print'),
  'parse-flow': last('parse-flow'),
  'parse-flows': fromFile('parse-flows', (text) => text),
  'parse-group': last('parse-group'),
  'parse-actions': piped('parse-actions'),
  'parse-instructions': piped('parse-instructions'),
  'parse-nxm': async (vector) => answerOf([...args(vector), 'parse-nxm'], `${textInput(vector)}\n`),
  'parse-oxm': pipedVersion('parse-oxm'),
  'parse-ofp10-match': piped('parse-ofp10-match'),
  'parse-ofp11-match': piped('parse-ofp11-match'),
  'check-vlan': first('check-vlan'),
  'print-error': first('print-error'),
  'encode-error-reply': async (vector) => mapOutput(await first('encode-error-reply')(vector), withoutXids),
  'encode-hello': async (vector) => mapOutput(await first('encode-hello')(vector), withoutXids),
  'parse-key-value': first('parse-key-value'),
  'parse-packet': (vector) => answerOf(['parse-packet', ...args(vector)], hex(textInput(vector))),
  'ofp-parse': fromFile('ofp-parse', hex),
  'ofp-parse-pcap': fromFile('ofp-parse-pcap', hex),
}
