import { type Flow, type SimPort, SwitchModel } from 'openflow-ts'
import type { WantedPort } from '../compile/wanted.js'
import type { FabricSource } from './source.js'

/** A port of a host with the number that it has there. */
export interface FabricPort extends WantedPort {
  readonly ofport: number
  /** Whose it is; none: it leads to other hosts. */
  readonly pod: string | undefined
}

/** One host's switch as it is wanted. */
export class FabricHost {
  readonly name: string
  readonly model: SwitchModel
  readonly #byNumber = new Map<number, FabricPort>()
  readonly #byName = new Map<string, FabricPort>()

  constructor(name: string, source: FabricSource) {
    this.name = name
    const { flows, ports } = source.wanted(name)
    for (const port of ports.values()) {
      const ofport = source.ofport(name, port.name)
      if (ofport === undefined) continue
      const known: FabricPort = { ...port, ofport, pod: port.external_ids['heddle-pod'] }
      this.#byNumber.set(ofport, known)
      this.#byName.set(port.name, known)
    }
    this.model = this.switchWith(flows.values())
  }

  /** A switch with the host's ports and these flows. */
  switchWith(flows: Iterable<Flow>): SwitchModel {
    return new SwitchModel({ name: 'br-int', ports: Array.from(this.#byNumber.values(), simPort), flows })
  }

  /** The port that has the number. */
  portAt(ofport: number): FabricPort | undefined {
    return this.#byNumber.get(ofport)
  }

  port(name: string): FabricPort | undefined {
    return this.#byName.get(name)
  }

  /** The port at which packets from other hosts arrive that left through one of this type. */
  underlay(type: WantedPort['type']): FabricPort | undefined {
    return [...this.#byName.values()].find((port) => port.pod === undefined && port.type === type)
  }
}

function simPort({ ofport, name, type }: FabricPort): SimPort {
  return { port: ofport, name, ...(type === '' || type === 'patch' ? {} : { tunnel: {} }) }
}
