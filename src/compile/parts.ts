import type { Meter } from 'openflow-ts'
import type { FlowTerm } from '../../flows/index.js'
import type { WantedPort, WantedQos, WantedQueue } from './wanted.js'

/** What a unit is compiled to, before its flows have their cookie. */
export interface Parts {
  readonly terms: () => readonly FlowTerm[]
  /** All that the terms are made from: units of one kind and subject with equal `same`, on any host, share their flows. */
  readonly same?: string
  readonly ports?: readonly WantedPort[]
  readonly meters?: readonly Meter[]
  readonly qos?: readonly WantedQos[]
  readonly queues?: readonly WantedQueue[]
}

export const NOTHING_YET = (): readonly FlowTerm[] => []
