import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type KindName, KINDS } from '../model/kinds.js'
import { refOfKey } from '../intent/admission.js'
import type { RecordOf, Stored } from '../intent/resources.js'
import type { Change, Commit, Entry } from '../store/store.js'
import { isSelected, type Selection } from './collection.js'
import type { ApiContext } from './context.js'
import { ApiError } from './problem.js'
import type { Representation } from './represent.js'
import { HEARTBEAT_MS, lastEventId, serverSentEvent, startEventStream } from './sse.js'

/** Lists as they change: server-sent events, one commit after the other. */

/** Commits that may wait for a slow reader; then its stream ends, and it resumes by `Last-Event-ID`. */
const MAX_QUEUED = 1024

export function openWatch(
  context: ApiContext,
  selection: Selection,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  refuseIdle(selection)
  const after = lastEventId(request)
  const stream = new WatchStream(context, selection, after)
  return Promise.resolve(startEventStream(reply, stream))
}

function refuseIdle({ query }: Selection): void {
  const idle = (['limit', 'continue', 'realized'] as const).filter((name) => query[name] !== undefined)
  const items = idle.map((parameter) => ({ parameter, detail: 'has no meaning with watch' }))
  if (items.length > 0) throw new ApiError('INVALID', `${idle.join(', ')}: no meaning with watch`, items)
}

/** Events are made when the reader has room: what waits is commits, and at most MAX_QUEUED of them. */
class WatchStream extends Readable {
  readonly #context: ApiContext
  readonly #selection: Selection
  readonly #snapshot: Stored[]
  readonly #queue: Commit[] = []
  readonly #endWatch: () => void
  readonly #heartbeat: NodeJS.Timeout
  readonly #onClosing: () => void
  #revision: number
  #synced: boolean
  #overflown = false
  #wanted = false

  /** Throws HeddleError COMPACTED when `after` is too old. */
  constructor(context: ApiContext, selection: Selection, after: number | undefined) {
    super({ encoding: 'utf8' })
    this.#context = context
    this.#selection = selection
    this.#revision = after ?? context.store.revision
    this.#synced = after !== undefined
    this.#snapshot = this.#synced ? [] : context.resources.list(selection.kind, selection.scope).reverse()
    let replaying = true
    this.#endWatch = context.store.watch(this.#revision, (commit) => {
      this.#queue.push(commit)
      if (replaying) return
      if (this.#queue.length >= MAX_QUEUED) this.#overflow()
      if (this.#wanted) this.#fill()
    })
    replaying = false
    this.#heartbeat = setInterval(() => {
      this.#beat()
    }, HEARTBEAT_MS).unref()
    this.#onClosing = () => {
      this.destroy()
    }
    context.closing.addEventListener('abort', this.#onClosing, { once: true })
  }

  override _read(): void {
    this.#wanted = true
    this.#fill()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#endWatch()
    clearInterval(this.#heartbeat)
    this.#context.closing.removeEventListener('abort', this.#onClosing)
    done(error)
  }

  #fill(): void {
    while (this.#wanted) {
      const text = this.#next()
      if (text === undefined) {
        if (this.#overflown) this.push(null)
        return
      }
      if (text !== '') this.#wanted = this.push(text)
    }
  }

  /** The next piece of the stream; undefined when there is nothing to say yet. */
  #next(): string | undefined {
    const stored = this.#snapshot.pop()
    if (stored !== undefined) {
      const shown = isSelected(this.#selection, stored) ? this.#show(stored) : undefined
      return shown === undefined ? '' : serverSentEvent('put', shown)
    }
    if (!this.#synced) {
      this.#synced = true
      return serverSentEvent('sync', { revision: this.#revision }, this.#revision)
    }
    const commit = this.#queue.shift()
    return commit && this.#tell(commit)
  }

  /** Only a commit's last event carries its id: whoever resumes after it has seen all of it. */
  #tell({ revision, changes }: Commit): string {
    this.#revision = revision
    const events = changes.map((change) => this.#changeEvent(revision, change)).filter((told) => told !== undefined)
    return events.map(([name, data], i) => serverSentEvent(name, data, i === events.length - 1 ? revision : undefined)).join('')
  }

  #changeEvent(revision: number, { key, entry, previous }: Change): [name: string, data: unknown] | undefined {
    const { kind } = this.#selection
    if (!key.startsWith(`${KINDS[kind].plural}/`)) return undefined
    const ref = refOfKey(kind, key)
    if (entry !== undefined && isSelected(this.#selection, storedOf(kind, entry))) {
      const shown = this.#show({ kind, ref })
      return shown && ['put', shown]
    }
    if (previous === undefined || !isSelected(this.#selection, storedOf(kind, previous))) return undefined
    const { uid } = (previous as Entry<RecordOf[KindName]>).value
    return ['delete', { kind, ...ref, metadata: { uid, revision } }]
  }

  /** As it is now: a later commit may have changed it again, or deleted it, which a later event then says. */
  #show({ kind, ref }: Pick<Stored, 'kind' | 'ref'>): Representation | undefined {
    const stored = this.#context.resources.get(kind, ref)
    return stored && this.#context.representer.represent(stored)
  }

  #overflow(): void {
    this.#overflown = true
    this.#endWatch()
  }

  /** Keeps connections through middleboxes, and moves the resume point on past commits of no interest. */
  #beat(): void {
    if (!this.#wanted || !this.#synced || this.#queue.length > 0) return
    this.#wanted = this.push(`:\nid: ${this.#revision}\n\n`)
  }
}

function storedOf(kind: KindName, { key, value, revision }: Entry): Stored {
  return { kind, ref: refOfKey(kind, key), record: value as RecordOf[KindName], revision }
}
