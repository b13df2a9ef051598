/** A control socket as OVS's daemons have it: ovs-appctl sends commands in JSON-RPC 1.0. */
import { type Json, JsonScanner } from 'ovsdb-client'
import { rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { SystemError } from './errors.js'

/** A command failed; the message goes to whoever sent it. */
export class ControlError extends Error {
  override readonly name = 'ControlError'
}

export interface ControlCommand {
  readonly usage: string
  readonly min: number
  readonly max: number
  run(args: readonly string[]): string | Promise<string>
}

const LIMITS = { maxMessageBytes: 1 << 20, maxDepth: 16 }
const NAME_WIDTH = 23

interface Request {
  readonly id: Json
  readonly method: string
  readonly params: readonly string[]
}

function requestOf(value: Json): Request | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const { id = null, method, params = [] } = value as { id?: Json; method?: Json; params?: Json }
  if (typeof method !== 'string' || !Array.isArray(params)) return undefined
  return { id, method, params: params.map(String) }
}

const endLine = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`)

export class ControlServer {
  readonly #path: string
  readonly #commands: Map<string, ControlCommand>
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor(path: string, commands: Readonly<Record<string, ControlCommand>>) {
    this.#path = path
    const list: ControlCommand = { usage: '', min: 0, max: 0, run: () => this.#list() }
    this.#commands = new Map(Object.entries({ ...commands, 'list-commands': list }))
    this.#server = createServer((socket) => {
      this.#serve(socket)
    })
  }

  /** @throws SystemError */
  static async listen(path: string, commands: Readonly<Record<string, ControlCommand>>): Promise<ControlServer> {
    const control = new ControlServer(path, commands)
    rmSync(path, { force: true })
    await new Promise<void>((resolve, reject) => {
      control.#server.once('error', (error) => {
        reject(SystemError.from(error))
      })
      control.#server.listen(path, resolve)
    })
    return control
  }

  #list(): string {
    const lines = [...this.#commands]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { usage }]) => `  ${name.padEnd(NAME_WIDTH)} ${usage}\n`)
    return `The available commands are:\n${lines.join('')}`
  }

  #serve(socket: Socket): void {
    const scanner = new JsonScanner(LIMITS)
    this.#sockets.add(socket)
    socket.on('close', () => this.#sockets.delete(socket))
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      try {
        scanner.push(chunk, (value) => {
          const request = requestOf(value)
          if (request === undefined) socket.destroy()
          else void this.#answer(socket, request)
        })
      } catch {
        // What is no JSON cannot be followed any further.
        socket.destroy()
      }
    })
  }

  async #answer(socket: Socket, { id, method, params }: Request): Promise<void> {
    const reply = (result: string | null, error: string | null): void => {
      if (!socket.destroyed) socket.write(JSON.stringify({ id, result, error }))
    }
    try {
      reply(endLine(await this.#run(method, params)), null)
    } catch (error) {
      if (!(error instanceof ControlError)) throw error
      reply(null, endLine(error.message))
    }
  }

  #run(method: string, params: readonly string[]): string | Promise<string> {
    const command = this.#commands.get(method)
    if (command === undefined) {
      throw new ControlError(`"${method}" is not a valid command (use "list-commands" to see a list of valid commands)`)
    }
    const { min, max } = command
    if (params.length < min) throw new ControlError(`"${method}" command requires at least ${min} arguments`)
    if (params.length > max) throw new ControlError(`"${method}" command takes at most ${max} arguments`)
    return command.run(params)
  }

  /** Lets answers on their way out, then closes. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.end()
    await new Promise((resolve) => this.#server.close(resolve))
    rmSync(this.#path, { force: true })
  }
}
