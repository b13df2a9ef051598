import { Compiler } from '../../../src/compile/engine.js'
import { Admission } from '../../../src/intent/admission.js'
import { IntentView } from '../../../src/intent/view.js'
import { resourceKey } from '../../../src/model/kinds.js'
import { equalJson } from '../../../src/store/json.js'
import { MemoryStore } from '../../../src/store/memory.js'
import type { Resource } from './resources.js'

/**
 * The way from a client's resources to the flows of all hosts, without its servers: admission, a store in memory, and the
 * compiler, which follows the store commit by commit as the controller's does.
 */
export class Site {
  readonly #store = MemoryStore.open()
  readonly #admission = new Admission(this.#store)
  readonly #compiler = new Compiler(IntentView.of(this.#store, this.#store.revision))
  readonly #unwatch: () => void
  /** What has been written, by its key, in the order in which it came. */
  readonly #written = new Map<string, Resource>()

  constructor() {
    this.#unwatch = this.#store.watch(0, (commit) => {
      this.#compiler.apply(commit)
    })
  }

  get compiler(): Compiler {
    return this.#compiler
  }

  /** Makes these all the resources that there are: only what differs is written. They come in an order to create them in. */
  async become(resources: readonly Resource[]): Promise<void> {
    const wanted = new Set(resources.map(keyOf))
    const gone = [...this.#written].filter(([key]) => !wanted.has(key))
    for (const [key, { kind, ref }] of gone.toReversed()) {
      await this.#admission.delete(kind, ref)
      this.#written.delete(key)
    }
    for (const resource of resources) {
      const { kind, ref, spec } = resource
      const before = this.#written.get(keyOf(resource))
      if (before !== undefined && equalJson(before.spec, spec)) continue
      await this.#admission.put(kind, ref, spec)
      this.#written.set(keyOf(resource), resource)
    }
  }

  async close(): Promise<void> {
    this.#unwatch()
    await this.#store.close()
  }
}

const keyOf = ({ kind, ref }: Resource): string => resourceKey(kind, ref)
