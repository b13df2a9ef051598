/** What becomes of the replies that somebody waits for. */
import { DecodeError } from '../errors.js'
import type { Message, MessageOf, MessageType, MultipartEntry, MultipartName } from '../messages/index.js'
import { PeerError, ReplyTooLongError } from './errors.js'
import type { Waiter } from './requests.js'

interface Outcome<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

/** Takes the first reply to a message of that type. */
export const firstReply = (type: MessageType, { resolve, reject }: Outcome<Message>): Waiter => ({
  onReply(reply) {
    resolve(reply)
    return true
  },
  onError(error) {
    reject(new PeerError(error, `${type} failed`))
    return true
  },
  onFailure: reject,
})

/** Puts the parts of NAME_REPLY together, up to `bound` bytes. */
export function allParts<K extends MultipartName>(
  name: K,
  bound: number,
  { resolve, reject }: Outcome<MultipartEntry<K>[]>,
): Waiter {
  const entries: MultipartEntry<K>[] = []
  let bytes = 0
  return {
    onReply(reply, size) {
      bytes += size
      if (reply.type !== `${name}_REPLY` || !('entries' in reply)) {
        reject(new DecodeError(`${reply.type} answers ${name}_REQUEST`, { offset: 0, reply: 'OFPBRC_BAD_STAT' }))
        return true
      }
      if (bytes > bound) {
        reject(new ReplyTooLongError(`${name}_REPLY has more than ${bound} bytes`))
        return true
      }
      for (const entry of reply.entries) entries.push(entry as MultipartEntry<K>)
      if (reply.more === true) return false
      resolve(entries)
      return true
    },
    onError(error) {
      reject(new PeerError(error, `${name}_REQUEST failed`))
      return true
    },
    onFailure: reject,
  }
}

/** The reply as the message that it has to be. @throws DecodeError */
export function expectReply<K extends MessageType>(message: Message, type: K): MessageOf<K> {
  if (message.type === type) return message as MessageOf<K>
  throw new DecodeError(`${message.type} where ${type} was expected`, { offset: 0, reply: 'OFPBRC_BAD_TYPE' })
}
