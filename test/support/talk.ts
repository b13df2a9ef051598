import type { ChildProcess } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { labName, type PodAnswer, type World } from './world.js'

/** TCP between pods of the lab, by small programs in their namespaces. */

/** A server that sends every line back, and one line each 100 ms by itself after the line `stream`. */
const SERVER = `
const [port] = process.argv.slice(1)
require('net').createServer((socket) => {
  socket.on('error', () => {})
  socket.on('data', (data) => {
    if (String(data) === 'stream\\n') setInterval(() => socket.write('tick\\n'), 100)
    else socket.write(data)
  })
}).listen({ port: Number(port), host: '::' }, () => console.log('ready'))
`

/** Prints every line that comes; sends \`hello\` each 100 ms, or \`stream\` once. */
const CLIENT = `
const [address, port, mode] = process.argv.slice(1)
const socket = require('net').connect(Number(port), address)
socket.on('error', (error) => { console.log('error ' + error.code); process.exit(1) })
socket.on('connect', () => {
  console.log('connected')
  if (mode === 'stream') socket.write('stream\\n')
  else setInterval(() => socket.write('hello\\n'), 100)
})
socket.on('data', (data) => process.stdout.write(data))
`

const CONNECT = `
const [address, port, wait] = process.argv.slice(1)
const socket = require('net').connect(Number(port), address)
const end = (word) => { console.log(word); process.exit(0) }
socket.on('connect', () => end('connected'))
socket.on('error', (error) => end(error.code))
setTimeout(() => end('timeout'), Number(wait))
`

/** Says how much came, once the other end has no more. */
const SINK = `
const [port] = process.argv.slice(1)
require('net').createServer({ allowHalfOpen: true }, (socket) => {
  let bytes = 0
  socket.on('data', (data) => { bytes += data.length })
  socket.on('end', () => socket.end(String(bytes)))
}).listen({ port: Number(port), host: '::' }, () => console.log('ready'))
`

const SOURCE = `
const [address, port, bytes] = process.argv.slice(1)
const socket = require('net').connect(Number(port), address)
socket.end(Buffer.alloc(Number(bytes)))
socket.pipe(process.stdout)
`

/** Keeps what it starts, so that all of it ends with the test. */
export class Talk {
  readonly #world: World
  readonly #processes: ChildProcess[] = []

  constructor(world: World) {
    this.#world = world
  }

  async serve(pod: PodAnswer, port: number): Promise<void> {
    await this.#startServer(pod, SERVER, port)
  }

  /** Sends so many bytes to a port that nobody listens on yet; resolves to how many arrived. */
  async transfer(from: PodAnswer, to: PodAnswer, address: string, port: number, bytes: number): Promise<number> {
    const sink = await this.#startServer(to, SINK, port)
    const argv = [process.execPath, '-e', SOURCE, address, String(port), String(bytes)]
    const { stdout } = await this.#world.lab.exec(labName(from.tenant, from.name), argv)
    const ended = new Promise((resolve) => sink.once('exit', resolve))
    sink.kill('SIGKILL')
    await ended
    return Number(stdout)
  }

  /** `connected`, `timeout`, or an error code such as ECONNREFUSED. */
  async connect(from: PodAnswer, address: string, port: number, waitMs = 1_000): Promise<string> {
    const argv = [process.execPath, '-e', CONNECT, address, String(port), String(waitMs)]
    const { stdout } = await this.#world.lab.exec(labName(from.tenant, from.name), argv)
    return stdout.trim()
  }

  /** A connection that goes on; resolves once it stands. */
  async open(from: PodAnswer, address: string, port: number, mode: 'echo' | 'stream'): Promise<OpenConnection> {
    const connection = new OpenConnection(this.#start(from, CLIENT, address, String(port), mode))
    await connection.until((lines) => lines > 1)
    return connection
  }

  end(): void {
    for (const child of this.#processes) child.kill('SIGKILL')
  }

  async #startServer(pod: PodAnswer, program: string, port: number): Promise<ChildProcess> {
    const server = this.#start(pod, program, String(port))
    await new Promise((resolve) => server.stdout?.once('data', resolve))
    return server
  }

  #start(pod: PodAnswer, program: string, ...args: string[]): ChildProcess {
    const child = this.#world.lab.startProcess(labName(pod.tenant, pod.name), [process.execPath, '-e', program, ...args])
    this.#processes.push(child)
    return child
  }
}

export class OpenConnection {
  #lines = 0

  constructor(child: ChildProcess) {
    child.stdout?.on('data', (data: Buffer) => {
      this.#lines += String(data).split('\n').length - 1
    })
  }

  async until(test: (lines: number) => boolean): Promise<void> {
    while (!test(this.#lines)) await sleep(20)
  }

  /** Resolves when something more has come. */
  async goesOn(): Promise<void> {
    const now = this.#lines
    await this.until((lines) => lines > now + 2)
  }

  /** Resolves when nothing has come for a while, however long that takes to begin. */
  async falls(silenceMs = 1_500): Promise<void> {
    let before: number
    do {
      before = this.#lines
      await sleep(silenceMs)
    } while (before !== this.#lines)
  }
}
