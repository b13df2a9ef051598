/** Running ovs-ofctl beside our code. */
import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  encodeInstructions,
  encodeMatch,
  FLOW_FLAGS,
  OF10,
  type OfVersion,
  type ParsedFlow,
  VERSION_NAMES,
  Writer,
} from 'openflow-ts'

/** True when ovs-ofctl is there; says so, loudly, when it is not. */
export function hasOfctl(): boolean {
  const { error } = spawnSync('ovs-ofctl', ['--version'])
  if (error === undefined) return true
  console.error('SKIPPED: ovs-ofctl is not installed, nothing was compared with it')
  return false
}

export interface Run {
  readonly stdout: string
  readonly stderr: string
}

export function ofctl(args: readonly string[]): Promise<Run> {
  return new Promise((resolve) => {
    execFile('ovs-ofctl', args, { maxBuffer: 1 << 28 }, (_error, stdout, stderr) => {
      resolve({ stdout, stderr })
    })
  })
}

/** Calls `use` with a directory of its own that is gone afterwards. */
export async function withDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), `heddle-of-${process.pid}-`))
  try {
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const FLOW_MOD = 14
const HELLO = 0
const barrierOf = (version: OfVersion): number => (version === OF10 ? 18 : 20)

/** Answers hello and barriers as a switch, and keeps the other messages, with xid 0. */
function serve(socket: Socket, version: OfVersion, kept: Buffer[]): void {
  let pending = Buffer.alloc(0)
  const barrier = barrierOf(version)
  socket.on('error', () => socket.destroy())
  socket.write(Buffer.from([version, HELLO, 0, 8, 0, 0, 0, 1]))
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 8 && pending.length >= pending.readUInt16BE(2)) {
      const length = pending.readUInt16BE(2)
      const message = Buffer.from(pending.subarray(0, length))
      pending = pending.subarray(length)
      if (message[1] === barrier) {
        socket.write(Buffer.concat([Buffer.from([version, barrier + 1, 0, 8]), message.subarray(4, 8)]))
      } else if (message[1] !== HELLO) {
        message.writeUInt32BE(0, 4)
        kept.push(message)
      }
    }
  })
}

/** What `ovs-ofctl --no-names -O VERSION COMMAND SWITCH ARGS` sends to a switch, and says. */
async function runOnSwitch(
  version: OfVersion,
  command: string,
  args: readonly string[],
): Promise<Run & { readonly sent: readonly Buffer[] }> {
  return withDirectory(async (directory) => {
    const path = join(directory, 'switch')
    const sent: Buffer[] = []
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      serve(socket, version, sent)
    })
    await new Promise<void>((resolve) => server.listen(path, resolve))
    try {
      const argv = ['--no-names', '-O', VERSION_NAMES[version], command, `unix:${path}`, '--', ...args]
      return { ...(await ofctl(argv)), sent }
    } finally {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    }
  })
}

/** The flow-mods, in hex with xid 0, that `ovs-ofctl add-flows` sends for these flows. */
export function bytesSent(version: OfVersion, flows: readonly string[]): Promise<{ sent: string[]; stderr: string }> {
  return withDirectory(async (directory) => {
    const file = join(directory, 'flows')
    writeFileSync(file, `${flows.join('\n')}\n`)
    const { sent, stderr } = await runOnSwitch(version, 'add-flows', [file])
    return { sent: sent.filter((m) => m[1] === FLOW_MOD).map((m) => m.toString('hex')), stderr }
  })
}

/** What ovs-ofctl says of why it gives up, without its name and its log. */
export const refusalOf = ({ stderr }: Run): string =>
  stderr
    .split('\n')
    .filter((line) => !line.includes('|WARN|'))
    .join('\n')
    .replace(/^ovs-ofctl: /, '')

/** The message that a command sends, in hex with xid 0, or why it sends none. */
export async function sentFor(version: OfVersion, command: string, text: string): Promise<string> {
  const run = await runOnSwitch(version, command, [text])
  return run.sent.length === 0 ? refusalOf(run).trimEnd() : run.sent.map((m) => m.toString('hex')).join(' ')
}

/** Our flow-mod for a flow, in hex with xid 0: struct ofp_flow_mod of OpenFlow 1.2+, command ADD. */
export function addFlowHex(flow: ParsedFlow, version: OfVersion): string {
  const w = new Writer()
  w.u8(version)
  w.u8(FLOW_MOD)
  w.u16(0)
  w.u32(0)
  w.u64(flow.cookie)
  w.u64(0n)
  w.u8(flow.table_id)
  w.u8(0)
  w.u16(flow.idle_timeout ?? 0)
  w.u16(flow.hard_timeout ?? 0)
  w.u16(flow.priority)
  w.u32(0xffffffff)
  w.u32(flow.out_port ?? 0xffffffff)
  w.u32(flow.out_group ?? 0xffffffff)
  let flags = 0
  for (const flag of flow.flags ?? []) flags |= FLOW_FLAGS[flag]
  w.u16(flags)
  w.u16(flow.importance ?? 0)
  encodeMatch(w, flow.match, version)
  encodeInstructions(w, flow.actions, version)
  w.patch16(2, w.length)
  return w.take().toString('hex')
}
