import { describeRef, KIND_ORDER, type KindName, type Ref, resourceKey } from '../../src/model/catalog.js'
import { resourceUrl } from '../../src/api/routes.js'
import { type Client, ProblemError, type Resource } from './client.js'
import { EXIT, type Io } from './io.js'
import type { Manifest } from './manifests.js'

export interface WaitOptions {
  readonly wait?: boolean
  /** Checked by the API; with its unit. */
  readonly timeout: string
  readonly timeoutMs: number
}

/** Writes that are under way at the same time: the store commits them together. */
const CONCURRENCY = 16

const RESULT_WORDS: Readonly<Record<string, string>> = { created: 'created', changed: 'configured' }

/** `heddle apply`: nothing is sent when any file is wrong; what depends on a failed resource is left out. */
export async function apply(client: Client, paths: readonly string[], options: WaitOptions, io: Io): Promise<number> {
  const manifests = await checkedManifests(paths, io)
  if (manifests === undefined) return EXIT.failure
  let failures = 0
  /** Not written: what needs them cannot be either. */
  const failed = new Set<string>()
  for (const kind of KIND_ORDER) {
    const ofKind = manifests.filter((manifest) => manifest.kind === kind)
    await inOrder(ofKind, CONCURRENCY, async ({ ref, spec, at }) => {
      const name = describeRef(kind, ref)
      const missing = dependencies(kind, ref, spec).find((key) => failed.has(key))
      if (missing !== undefined) {
        failures++
        failed.add(resourceKey(kind, ref))
        return (): void => {
          io.err(`${name} left out (${at}): it needs ${missing}, which failed\n`)
        }
      }
      const report = await attempt(name, at, () => put(client, kind, ref, spec, options))
      if (!report.ok) failures++
      if (!report.written) failed.add(resourceKey(kind, ref))
      return () => {
        tell(io, report)
      }
    })
  }
  if (failures === 0) return EXIT.ok
  io.err(`${failures} of ${manifests.length} failed\n`)
  return EXIT.failure
}

/** `heddle delete -f`: in the opposite order; what is not there is no failure. */
export async function deleteFiles(
  client: Client,
  paths: readonly string[],
  options: WaitOptions,
  io: Io,
): Promise<number> {
  const manifests = await checkedManifests(paths, io)
  if (manifests === undefined) return EXIT.failure
  let failures = 0
  for (const kind of [...KIND_ORDER].reverse()) {
    const ofKind = manifests.filter((manifest) => manifest.kind === kind)
    await inOrder(ofKind, CONCURRENCY, async ({ ref, at }) => {
      const report = await attempt(describeRef(kind, ref), at, () => remove(client, kind, ref, options, true))
      if (!report.ok) failures++
      return () => {
        tell(io, report)
      }
    })
  }
  return failures === 0 ? EXIT.ok : EXIT.failure
}

/** `heddle delete KIND NAME...` */
export async function deleteNamed(
  client: Client,
  kind: KindName,
  refs: readonly Ref[],
  options: WaitOptions,
  io: Io,
): Promise<number> {
  let failures = 0
  for (const ref of refs) {
    const report = await attempt(describeRef(kind, ref), undefined, () => remove(client, kind, ref, options, false))
    if (!report.ok) failures++
    tell(io, report)
  }
  return failures === 0 ? EXIT.ok : EXIT.failure
}

/** What the files say, or undefined after having said what is wrong with them. */
export async function checkedManifests(paths: readonly string[], io: Io): Promise<readonly Manifest[] | undefined> {
  // Loaded for these commands alone: YAML and the schemas take longer to load than a whole `heddle get`.
  const { readManifests } = await import('./manifests.js')
  const { manifests, errors } = await readManifests(paths, io)
  if (errors.length > 0) {
    io.err(`${errors.map((line) => `${line}\n`).join('')}nothing was sent to the controller\n`)
    return undefined
  }
  return manifests
}

interface Report {
  readonly ok: boolean
  /** The write stands, whether or not all is well with it. */
  readonly written: boolean
  readonly line: string
}

interface Outcome {
  readonly word: string
  /** Why a change that was made is not in force yet. */
  readonly notRealized?: string
}

async function attempt(name: string, at: string | undefined, write: () => Promise<Outcome>): Promise<Report> {
  try {
    const { word, notRealized } = await write()
    if (notRealized === undefined) return { ok: true, written: true, line: `${name} ${word}` }
    return { ok: false, written: true, line: `${name} ${word}, but ${notRealized}` }
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    const where = at === undefined ? '' : ` (${at})`
    return { ok: false, written: false, line: `${name} failed${where}: ${error.message}` }
  }
}

function tell(io: Io, { ok, line }: Report): void {
  if (ok) io.out(`${line}\n`)
  else io.err(`${line}\n`)
}

async function put(
  client: Client,
  kind: KindName,
  ref: Ref,
  spec: Readonly<Record<string, unknown>>,
  options: WaitOptions,
): Promise<Outcome> {
  const url = resourceUrl(kind, ref) + waitQuery(options)
  const { headers, body } = await client.request<Resource>('PUT', url, spec, waitMs(options))
  const result = headers.get('heddle-result') ?? ''
  const word = RESULT_WORDS[result] ?? 'unchanged'
  if (headers.get('heddle-wait') !== 'timeout') return { word }
  const reason = typeof body.status['reason'] === 'string' ? `: ${body.status['reason']}` : ''
  return { word, notRealized: `not realized within ${options.timeout}${reason}` }
}

async function remove(
  client: Client,
  kind: KindName,
  ref: Ref,
  options: WaitOptions,
  absentIsFine: boolean,
): Promise<Outcome> {
  try {
    const url = resourceUrl(kind, ref) + waitQuery(options)
    const { headers } = await client.request('DELETE', url, undefined, waitMs(options))
    if (headers.get('heddle-wait') !== 'timeout') return { word: 'deleted' }
    return { word: 'deleted', notRealized: `not realized within ${options.timeout}` }
  } catch (error) {
    if (absentIsFine && error instanceof ProblemError && error.status === 404) return { word: 'was not there' }
    throw error
  }
}

function waitQuery({ wait, timeout }: WaitOptions): string {
  return wait === true ? `?wait=realized&timeout=${encodeURIComponent(timeout)}` : ''
}

function waitMs({ wait, timeoutMs }: WaitOptions): number {
  return wait === true ? timeoutMs : 0
}

/** Keys of the resources that this one refers to. */
function dependencies(kind: KindName, ref: Ref, spec: Readonly<Record<string, unknown>>): string[] {
  const keys: string[] = []
  if (ref.tenant !== undefined) keys.push(resourceKey('Tenant', { name: ref.tenant }))
  if (ref.tenant !== undefined && ref.network !== undefined) {
    keys.push(resourceKey('Network', { tenant: ref.tenant, name: ref.network }))
  }
  if (kind === 'Pod' && typeof spec['host'] === 'string') keys.push(resourceKey('Host', { name: spec['host'] }))
  return keys
}

/** Runs `work` for all items, at most `limit` at once, and what each returns in the order of the items. */
async function inOrder<T>(items: readonly T[], limit: number, work: (item: T) => Promise<() => void>): Promise<void> {
  const running: Promise<() => void>[] = []
  let next = 0
  for (let done = 0; done < items.length; done++) {
    while (next < items.length && running.length < limit) {
      const item = items[next++]
      if (item === undefined) continue
      const report = work(item)
      // Awaited below, unless an earlier one ends it all.
      report.catch(() => undefined)
      running.push(report)
    }
    const report = await running.shift()
    report?.()
  }
}
