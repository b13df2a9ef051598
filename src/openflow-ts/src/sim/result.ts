import type { Action, ControllerReason, NatAction } from '../action/types.js'
import type { Flow } from '../flow/flow.js'
import type { Value } from '../spec/fields.js'
import type { Packet } from './packet.js'

/** The packet goes through connection tracking; `commit` also keeps its connection. */
export interface CtEffect {
  readonly type: 'ct'
  readonly zone: number
  readonly commit?: 'commit' | 'force'
  /** What the connection is marked with, in the bits of the masks. */
  readonly mark?: readonly [value: number, mask: number]
  readonly label?: readonly [value: bigint, mask: bigint]
  readonly nat?: NatAction
  readonly alg?: number
  readonly packet: Packet
}

/** What a switch does with a packet, with the packet as it is then; in the order in which it happens. */
export type Effect =
  | { readonly type: 'output'; readonly port: number; readonly packet: Packet; readonly max_len?: number }
  | {
      readonly type: 'controller'
      /** `explicit_miss`: by the flow that stands for the miss of a table. */
      readonly reason: ControllerReason | 'explicit_miss'
      readonly id: number
      readonly max_len: number
      readonly cookie: bigint
      /** Under which the switch keeps what it needs to send it. */
      readonly recirc_id: number
      readonly userdata?: Uint8Array
      /** The controller decides how it goes on. */
      readonly pause?: true
      readonly packet: Packet
    }
  | CtEffect
  | { readonly type: 'ct_clear' }
  /** The packet is rewritten so far, before a header goes on top of what has changed. */
  | { readonly type: 'rewrite'; readonly packet: Packet }
  /** The packet comes back: from connection tracking (`resumed` says how), or where the simulation cannot follow. */
  | { readonly type: 'recirc'; readonly id: number; readonly why: RecircReason; readonly packet: Packet }
  /** A bucket that only the datapath's hash decides: one of these. */
  | { readonly type: 'select'; readonly group_id: number; readonly buckets: readonly number[] }
  | { readonly type: 'clone'; readonly packet: Packet; readonly effects: readonly Effect[] }
  | {
      readonly type: 'check_pkt_len'
      readonly size: number
      readonly greater: readonly Effect[]
      readonly other: readonly Effect[]
      readonly packet: Packet
    }

export type RecircReason = 'ct' | 'mpls' | 'decap' | 'hash' | 'debug'

/** What every line of a trace has. */
export interface StepBase {
  readonly text: string
  readonly steps: Step[]
}

/** One line of a trace, with what happened within it. */
export type Step =
  | (StepBase & { readonly type: 'table'; readonly table_id: number; readonly flow: Flow | undefined })
  | (StepBase & { readonly type: 'action'; readonly action: Action | undefined })
  | (StepBase & { readonly type: 'bridge' | 'thaw' | 'action_set' | 'bucket' | 'detail' | 'warn' | 'error' })

/** A packet that came back from connection tracking, in one state that it may have then. */
export interface Resumed {
  readonly recirc_id: number
  readonly zone: number
  readonly ct_state: number
  /** The state was not given by the caller. */
  readonly assumed: boolean
  /** The translation of addresses and ports that was simulated. */
  readonly nat?: { readonly before: Packet; readonly after: Packet; readonly family: 'ipv4' | 'ipv6' | undefined }
  readonly pass: Pass
}

/** One way through the tables, from the packet's coming to what is sent. */
export interface Pass {
  readonly packet: Packet
  readonly steps: readonly Step[]
  readonly final: Packet
  readonly effects: readonly Effect[]
  readonly resumed: readonly Resumed[]
  /** By slot of Packet: the bits on which the way depends. */
  readonly consulted: readonly Value[]
  /** Why all was dropped: a limit, or something that the switch cannot do. */
  readonly error?: string
  /** Actions that only the slow path does. */
  readonly slow: boolean
}

/** What must hold for an output to happen, beyond the packet being as it was given. */
export type Condition =
  | { readonly type: 'ct_state'; readonly zone: number; readonly ct_state: number }
  | { readonly type: 'longer' | 'not_longer'; readonly bytes: number }

/** A packet that leaves the switch. */
export interface Output {
  readonly port: number
  /** The packet as it leaves, with the metadata that it had; `tun_*` as a tunnel port sends it. */
  readonly packet: Packet
  readonly max_len?: number
  readonly conditions: readonly Condition[]
}

/** A table that the packet was looked up in. No flow: nothing matched. */
export interface Visit {
  readonly table_id: number
  readonly flow: Flow | undefined
}

export interface Trace extends Pass {
  readonly bridge: string
  /** What leaves through ports, of all passes. */
  readonly outputs: readonly Output[]
  /** Of all passes, in the order in which they were looked up. */
  readonly tablesVisited: readonly Visit[]
}
