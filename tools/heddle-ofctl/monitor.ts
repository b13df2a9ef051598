/** Prints what a switch sends, and does what comes on the control socket in the meantime. */
import {
  decodeMessage,
  formatBytes,
  type Message,
  type MessageOf,
  OpenFlowError,
  parsePacketOut,
  type PrintContext,
  TextError,
} from 'openflow-ts'
import { openSync, writeSync } from 'node:fs'
import { PROGRAM_FILES, type Run } from './command.js'
import { becomeDaemon, controlPath, writePidfile } from '../cli/daemon.js'
import { FatalError, SystemError } from '../cli/errors.js'
import { parseHex } from './hex.js'
import type { Switch } from './switch.js'
import { type ControlCommand, ControlError, ControlServer } from '../cli/unixctl.js'

const OFPT_ECHO_REQUEST = 2
const OFPT_ECHO_REPLY = 3
const HEADER_BYTES = 8
/** Stands for no cookie in packets that no flow sent. */
const NO_COOKIE = 0xffffffffffffffffn

export interface MonitorOptions {
  /** Echo requests are answered; those between a switch and its controller are not ours. */
  readonly answersEchoes: boolean
  /** Packets that the switch holds back are let go on. */
  readonly resumes: boolean
}

const barrierReply = (version: number): number => (version === 1 ? 19 : 21)

class Monitor {
  readonly #run: Run
  readonly #switch: Switch
  readonly #context: PrintContext
  readonly #options: MonitorOptions
  #fd: number | undefined
  #blocked = false
  #unblock: (() => void) | undefined
  #barrier: ((reply: string) => void) | undefined
  #exiting = false

  constructor(run: Run, sw: Switch, context: PrintContext, options: MonitorOptions) {
    this.#run = run
    this.#switch = sw
    this.#context = context
    this.#options = options
  }

  #print(text: string): void {
    if (this.#fd === undefined) this.#run.io.err(text)
    else writeSync(this.#fd, text)
  }

  #show(bytes: Buffer, prefix = '', context = this.#context): void {
    this.#print(`${prefix}${formatBytes(bytes, context)}`)
  }

  /** Until the connection ends or `exit` comes. @throws FatalError when the connection ends */
  async follow(): Promise<void> {
    const { vconn } = this.#switch
    for (let bytes = await vconn.receive(); bytes !== undefined; bytes = await vconn.receive()) {
      while (this.#blocked) await new Promise<void>((resolve) => (this.#unblock = resolve))
      if (this.#exiting) return
      this.#take(bytes)
    }
    if (!this.#exiting) throw new FatalError(`vconn_recv (${vconn.failure})`)
  }

  #take(bytes: Buffer): void {
    const time = this.#run.options.timestamp ? `${new Date().toISOString().replace('T', ' ').replace('Z', '')}: ` : ''
    this.#show(bytes, time)
    const type = bytes.readUInt8(1)
    if (type === OFPT_ECHO_REQUEST && this.#options.answersEchoes) {
      const reply = Buffer.from(bytes)
      reply.writeUInt8(OFPT_ECHO_REPLY, 1)
      this.#switch.vconn.send(reply)
    } else if (type === barrierReply(bytes.readUInt8(0))) {
      this.#barrier?.('')
      this.#barrier = undefined
    } else if (this.#options.resumes) {
      this.#resume(bytes)
    }
  }

  #resume(bytes: Buffer): void {
    const packet = decodedPacketIn(bytes)
    if (packet?.continuation === undefined) return
    const { total_len, reason, match, data, userdata, continuation, table_id, cookie = NO_COOKIE } = packet
    const held = { total_len, reason, match, data, continuation, table_id, cookie, ...(userdata && { userdata }) }
    this.#send({ type: 'RESUME', ...held }, 'send: ')
  }

  #send(message: Message, prefix: string, context = this.#context): void {
    const bytes = this.#switch.encode(message)
    this.#show(bytes, prefix, context)
    this.#switch.vconn.send(bytes)
  }

  #sendHex(args: readonly string[]): string {
    let reply = ''
    for (const hex of args) {
      const bytes = hexOf(hex, reply)
      if (bytes.length < HEADER_BYTES) throw new ControlError(`${reply}Message too short for OpenFlow`)
      this.#show(bytes, 'send: ')
      this.#switch.vconn.send(bytes)
      reply += 'sent\n'
    }
    return reply
  }

  #sendPacket(text: string): string {
    try {
      const { verbosity } = this.#run.options
      this.#send({ type: 'PACKET_OUT', ...parsePacketOut(text).packet }, '', { ...this.#context, verbosity })
      return ''
    } catch (error) {
      if (error instanceof TextError) throw new ControlError(error.message)
      throw error
    }
  }

  #setOutput(path: string): string {
    try {
      this.#fd = openSync(path, 'w')
      return ''
    } catch (error) {
      throw new ControlError(SystemError.from(error).message)
    }
  }

  #setBlocked(blocked: boolean): string {
    if (this.#blocked === blocked) return blocked ? 'already blocking' : 'already unblocked'
    this.#blocked = blocked
    if (!blocked) this.#unblock?.()
    return ''
  }

  #awaitBarrier(): Promise<string> {
    if (this.#barrier !== undefined) throw new ControlError('already waiting for barrier reply')
    return new Promise((resolve) => {
      this.#barrier = resolve
      this.#switch.vconn.send(this.#switch.encode({ type: 'BARRIER_REQUEST' }))
    })
  }

  #exit(): string {
    this.#exiting = true
    this.#setBlocked(false)
    this.#switch.vconn.close()
    return ''
  }

  /** What can be said on the control socket. */
  get commands(): Readonly<Record<string, ControlCommand>> {
    const none = { usage: '', min: 0, max: 0 }
    return {
      exit: { ...none, run: () => this.#exit() },
      version: { ...none, run: () => 'heddle-ofctl (Heddle) 0.1.0' },
      'ofctl/send': { usage: 'OFMSG...', min: 1, max: Infinity, run: (args) => this.#sendHex(args) },
      'ofctl/packet-out': {
        usage: '"in_port=<port> packet=<hex data> actions=..."',
        min: 1,
        max: 1,
        run: ([text = '']) => this.#sendPacket(text),
      },
      'ofctl/barrier': { ...none, run: () => this.#awaitBarrier() },
      'ofctl/set-output-file': { usage: 'FILE', min: 1, max: 1, run: ([path = '']) => this.#setOutput(path) },
      'ofctl/block': { ...none, run: () => this.#setBlocked(true) },
      'ofctl/unblock': { ...none, run: () => this.#setBlocked(false) },
    }
  }
}

function hexOf(text: string, before: string): Buffer {
  try {
    return parseHex(text, 'Trailing garbage in hex data')
  } catch (error) {
    if (error instanceof FatalError) throw new ControlError(`${before}${error.message}`)
    throw error
  }
}

function decodedPacketIn(bytes: Buffer): MessageOf<'PACKET_IN'> | undefined {
  try {
    const message = decodeMessage(bytes)
    return message.type === 'PACKET_IN' ? message : undefined
  } catch (error) {
    if (error instanceof OpenFlowError) return undefined
    throw error
  }
}

/** @throws FatalError when the connection ends, or the control socket cannot be had */
export async function monitor(run: Run, sw: Switch, context: PrintContext, options: MonitorOptions): Promise<void> {
  const one = new Monitor(run, sw, context, options)
  let control: ControlServer
  try {
    control = await ControlServer.listen(controlPath(PROGRAM_FILES, run.options.unixctl), one.commands)
  } catch (error) {
    if (error instanceof SystemError) throw new FatalError(`failed to create unixctl server (${error.message})`)
    throw error
  }
  try {
    writePidfile(PROGRAM_FILES, run.options)
    becomeDaemon(run.options)
    await one.follow()
  } finally {
    await control.close()
  }
}
