import { Compiler } from '../../../src/compile/engine.js'
import { Admission } from '../../../src/intent/admission.js'
import { IntentView } from '../../../src/intent/view.js'
import { MemoryStore } from '../../../src/store/memory.js'
import { changesBetween } from './changes.js'
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
  #resources: readonly Resource[] = []

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
    for (const change of changesBetween(this.#resources, resources)) {
      if (change.op === 'delete') await this.#admission.delete(change.kind, change.ref)
      else await this.#admission.put(change.resource.kind, change.resource.ref, change.resource.spec)
    }
    this.#resources = resources
  }

  async close(): Promise<void> {
    this.#unwatch()
    await this.#store.close()
  }
}
