import { formatBytes, HEADER_BYTES } from 'openflow-ts'
import type { Command, Run } from '../command.js'
import { FatalError } from '../../cli/errors.js'
import { leading, payloadSize } from '../numbers.js'
import type { Switch } from '../switch.js'

const OFPT_ECHO_REPLY = 3
const PINGS = 10
const DEFAULT_PAYLOAD = '64'

const probe: Command = {
  name: 'probe',
  usage: 'TARGET',
  help: 'probe whether TARGET is up',
  min: 1,
  max: 1,
  async run(run) {
    await run.withSwitch(async (sw) => {
      const reply = await sw.transact({ type: 'ECHO_REQUEST' })
      if (reply.length !== HEADER_BYTES) throw new FatalError('reply does not match request')
    })
  },
}

const since = (start: bigint): number => Number(process.hrtime.bigint() - start) / 1e6

async function pingOnce(run: Run, sw: Switch, payload: number): Promise<void> {
  const { randomBytes } = await import('node:crypto')
  const request = sw.encode({ type: 'ECHO_REQUEST', data: randomBytes(payload) })
  const start = process.hrtime.bigint()
  sw.vconn.send(request)
  const reply = await sw.vconn.receiveXid(request.readUInt32BE(4))
  const elapsed = since(start)
  const matches = reply.readUInt8(1) === OFPT_ECHO_REPLY && reply.subarray(HEADER_BYTES).equals(request.subarray(HEADER_BYTES))
  if (!matches) {
    const context = { verbosity: run.options.verbosity + 2 }
    run.print(`Reply does not match request.  Request:\n${formatBytes(request, context)}`)
    run.print(`Reply:\n${formatBytes(reply, context)}`)
  }
  const xid = reply.readUInt32BE(4).toString(16).padStart(8, '0')
  run.print(`${reply.length - HEADER_BYTES} bytes from ${run.target}: xid=${xid} time=${elapsed.toFixed(1)} ms\n`)
}

const ping: Command = {
  name: 'ping',
  usage: 'TARGET [N]',
  help: 'latency of N-byte echos',
  min: 1,
  max: 2,
  async run(run) {
    const payload = payloadSize(run.args[1] ?? DEFAULT_PAYLOAD)
    await run.withSwitch(async (sw) => {
      for (let i = 0; i < PINGS; i++) await pingOnce(run, sw, payload)
    })
  },
}

const benchmark: Command = {
  name: 'benchmark',
  usage: 'TARGET N COUNT',
  help: 'bandwidth of COUNT N-byte echos',
  min: 3,
  max: 3,
  async run(run) {
    const payload = payloadSize(run.args[1] ?? '')
    const count = leading(run.args[2] ?? '')
    const size = HEADER_BYTES + payload
    run.print(`Sending ${count} packets * ${size} bytes (with header) = ${count * size} bytes total\n`)
    await run.withSwitch(async (sw) => {
      const start = process.hrtime.bigint()
      const data = Buffer.alloc(payload)
      for (let i = 0; i < count; i++) await sw.transact({ type: 'ECHO_REQUEST', data })
      const ms = since(start)
      const [packets, bytes] = [count, count * size].map((n) => (n / (ms / 1000)).toFixed(0))
      run.print(`Finished in ${ms.toFixed(1)} ms (${packets ?? ''} packets/s) (${bytes ?? ''} bytes/s)\n`)
    })
  },
}

export const ECHOES: readonly Command[] = [probe, ping, benchmark]
