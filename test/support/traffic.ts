import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Lab } from '../../tools/lab/lab.js'

/** Traffic between pods of a lab, measured at its receiver. */

export interface Received {
  readonly bytes: number
  readonly packets: number
  readonly seconds: number
  /** What the sender tried. */
  readonly offered: number
}

/** Sends UDP for `seconds` at `mbit` from one pod to an address of another; iperf3 at both ends. */
export async function sendUdp(
  lab: Lab,
  { from, to, address, mbit, seconds, size = 1200, port = 5201 }: {
    readonly from: string
    readonly to: string
    readonly address: string
    readonly mbit: number
    readonly seconds: number
    readonly size?: number
    readonly port?: number
  },
): Promise<Received> {
  const server = lab.startProcess(to, ['iperf3', '-s', '-1', '-p', `${port}`], { stdio: 'ignore' })
  const ended = once(server, 'exit')
  try {
    await untilListening(lab, to, port)
    const before = await receivedBy(lab, to)
    const began = Date.now()
    const flow = ['-u', '-b', `${mbit}M`, '-l', `${size}`, '-t', `${seconds}`]
    const { stdout, stderr } = await lab.exec(from, ['iperf3', '-J', '-c', address, '-p', `${port}`, ...flow], {
      timeout: (seconds + 60) * 1000,
    })
    const report = JSON.parse(stdout) as { readonly error?: string; readonly end: { readonly sum: { readonly bytes: number } } }
    if (report.error !== undefined) throw new Error(`iperf3 from ${from} to ${address}: ${report.error} ${stderr}`)
    const after = await receivedBy(lab, to)
    return {
      bytes: after.bytes - before.bytes,
      packets: after.packets - before.packets,
      seconds: (Date.now() - began) / 1000,
      offered: report.end.sum.bytes,
    }
  } finally {
    server.kill('SIGKILL')
    await ended
  }
}

async function untilListening(lab: Lab, pod: string, port: number): Promise<void> {
  for (;;) {
    const { stdout } = await lab.exec(pod, ['ss', '-Hltn', `sport = :${port}`])
    if (stdout !== '') return
    await sleep(50)
  }
}

/** What a pod's device has received since it was made. */
export async function receivedBy(lab: Lab, pod: string): Promise<{ readonly bytes: number; readonly packets: number }> {
  const { stdout } = await lab.exec(pod, ['ip', '-s', '-j', 'link', 'show', 'eth0'])
  const [link] = JSON.parse(stdout) as { readonly stats64: { readonly rx: { readonly bytes: number; readonly packets: number } } }[]
  if (link === undefined) throw new Error(`${pod} has no eth0`)
  return link.stats64.rx
}

/** Runs a script in a pod; resolves with its output and exit code when it ends. */
export async function runScript(lab: Lab, pod: string, script: string, timeout = 120_000): Promise<string> {
  const { stdout, stderr, code } = await lab.exec(pod, [process.execPath, '-e', script], { timeout })
  if (code !== 0) throw new Error(`script in ${pod}: ${stderr}`)
  return stdout
}
