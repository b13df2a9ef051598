import { now } from './clock.js'
import { type Kind, machineCpu, type Processes } from './processes.js'

export interface PhaseResult {
  /** CPU seconds. */
  readonly byKind: Readonly<Record<Kind, number>>
  readonly wallS: number
  /** CPU seconds of everything else on the machine. */
  readonly othersS: number
  readonly stolenS: number
}

/** CPU seconds by kind of process over a stretch of the run. */
export class Phase {
  readonly #processes: Processes
  readonly #began = now()
  readonly #before
  readonly #machine = machineCpu()

  constructor(processes: Processes) {
    this.#processes = processes
    this.#before = processes.cpu()
  }

  end(): PhaseResult {
    this.#processes.check()
    const byKind: Record<Kind, number> = { controller: 0, ovs_vswitchd: 0, host_ovsdb: 0, driver: 0 }
    let ours = 0
    for (const [pid, { kind, seconds }] of this.#processes.cpu()) {
      const used = seconds - (this.#before.get(pid)?.seconds ?? 0)
      byKind[kind] += used
      ours += used
    }
    const { busyS, stolenS } = machineCpu()
    return {
      byKind,
      wallS: now() - this.#began,
      othersS: Math.max(0, busyS - this.#machine.busyS - ours),
      stolenS: stolenS - this.#machine.stolenS,
    }
  }
}
