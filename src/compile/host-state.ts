import type { Flow } from 'openflow-ts'
import { ContractError } from '../../flows/verify.js'
import type { HostWanted, WantedPort } from './wanted.js'

/** The wanted state of one host as the sum of its units. A port may be wanted by several; a flow by one alone. */
export class HostState implements HostWanted {
  readonly #flows = new Map<string, Flow>()
  readonly #ports = new Map<string, WantedPort>()
  readonly #portUsers = new Map<string, number>()

  get flows(): ReadonlyMap<string, Flow> {
    return this.#flows
  }

  get ports(): ReadonlyMap<string, WantedPort> {
    return this.#ports
  }

  /** Throws ContractError where another unit has the same flow: which of the two acts would be chance. */
  addFlow(key: string, flow: Flow): void {
    const other = this.#flows.get(key)
    if (other !== undefined) {
      throw new ContractError(
        `units ${other.cookie.toString(16)} and ${flow.cookie.toString(16)} both write flow ${key}`,
      )
    }
    this.#flows.set(key, flow)
  }

  removeFlow(key: string): void {
    this.#flows.delete(key)
  }

  addPort(port: WantedPort): void {
    this.#ports.set(port.name, port)
    this.#portUsers.set(port.name, (this.#portUsers.get(port.name) ?? 0) + 1)
  }

  removePort({ name }: WantedPort): void {
    const users = (this.#portUsers.get(name) ?? 0) - 1
    if (users > 0) {
      this.#portUsers.set(name, users)
      return
    }
    this.#portUsers.delete(name)
    this.#ports.delete(name)
  }

  /** For comparison of a port before and after. */
  portText(name: string): string | undefined {
    const port = this.#ports.get(name)
    return port && JSON.stringify(port)
  }
}
