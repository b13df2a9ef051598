import type { DecodeError } from '../errors.js'
import type { Message, MessageOf, MessageType } from '../messages/index.js'
import type { PeerError } from './errors.js'

/** How many messages of a type went or came; those inside bundles count as well. */
export type Counters = Readonly<Partial<Record<MessageType, number>>>

export interface ConnectionEvents {
  /** Every message that comes, replies included. */
  message: [message: Message]
  packet_in: [message: MessageOf<'PACKET_IN'>]
  port_status: [message: MessageOf<'PORT_STATUS'>]
  flow_removed: [message: MessageOf<'FLOW_REMOVED'>]
  /** An OFPT_ERROR that answers nothing anybody waits for. */
  peer_error: [error: PeerError, message: MessageOf<'ERROR'>]
  /** Bytes of a known type that could not be decoded; the peer has been told. */
  decode_error: [error: DecodeError]
  /** Once, at the end. `reason` is undefined when either side closed in order. */
  close: [reason: Error | undefined]
}

/** Counts a message, and the one inside it. */
export function count(counters: Partial<Record<MessageType, number>>, message: Message): void {
  counters[message.type] = (counters[message.type] ?? 0) + 1
  if (message.type === 'BUNDLE_ADD_MESSAGE') count(counters, message.message as Message)
}
