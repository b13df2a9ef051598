import { CATALOG, type KindName } from '../../src/model/catalog.js'
import { CliError, UsageError } from './io.js'

/** A resource as the API shows it. */
export interface Resource {
  readonly kind: KindName
  readonly tenant?: string
  readonly network?: string
  readonly name: string
  readonly status: Readonly<Record<string, unknown>>
  readonly [field: string]: unknown
}

interface Problem {
  readonly title?: string
  readonly detail?: string
  readonly code?: string
  readonly errors?: readonly { readonly pointer?: string; readonly parameter?: string; readonly detail: string }[]
}

/** The API refused. */
export class ProblemError extends CliError {
  readonly status: number
  readonly problem: Problem

  constructor(status: number, problem: Problem) {
    super(describeProblem(status, problem))
    this.status = status
    this.problem = problem
  }
}

function describeProblem(status: number, { title, detail, code, errors = [] }: Problem): string {
  const head = `${errors.length === 0 ? (detail ?? title ?? 'refused') : (title ?? 'refused')} (${code ?? status})`
  const lines = errors.map((item) => `  ${item.pointer ?? item.parameter ?? 'the body'}: ${item.detail}`)
  return [head, ...lines].join('\n')
}

export interface Answer<T> {
  readonly status: number
  readonly headers: Headers
  readonly body: T
}

/** Answers come at once, but for writes that wait. */
const ANSWER_MS = 30_000
const PAGE_SIZE = 1000

export class Client {
  readonly server: string

  constructor(server: string) {
    if (!/^https?:\/\/[^\s/]/.test(server)) throw new UsageError(`"${server}" is not a URL like http://127.0.0.1:7420`)
    this.server = server.replace(/\/+$/, '')
  }

  /** Throws ProblemError for what the API refuses, CliError when it cannot be reached. */
  async request<T>(method: string, path: string, body?: unknown, waitMs = 0): Promise<Answer<T>> {
    const response = await this.#fetch(path, {
      method,
      signal: AbortSignal.timeout(ANSWER_MS + waitMs),
      ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    const parsed = await this.#parse(response)
    if (response.status >= 400) throw new ProblemError(response.status, parsed as Problem)
    return { status: response.status, headers: response.headers, body: parsed as T }
  }

  /** The data of a stream's events, one by one, until the server ends it. `after`: id of the last event that is known. */
  async *stream(path: string, after: string): AsyncIterable<string> {
    const response = await this.#fetch(path, { method: 'GET', headers: { 'last-event-id': after } })
    if (response.status >= 400) throw new ProblemError(response.status, (await this.#parse(response)) as Problem)
    const decoder = new TextDecoder()
    let rest = ''
    for await (const chunk of response.body ?? []) {
      const parts = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n\n')
      rest = parts.pop() ?? ''
      for (const part of parts) {
        const line = part.split('\n').find((text) => text.startsWith('data: '))
        if (line !== undefined) yield line.slice('data: '.length)
      }
    }
  }

  /** All resources of a list, page by page. */
  async list(kind: KindName, query: URLSearchParams): Promise<Resource[]> {
    const items: Resource[] = []
    const page = new URLSearchParams(query)
    page.set('limit', String(PAGE_SIZE))
    for (;;) {
      const { body } = await this.request<List>('GET', `/v1/${CATALOG[kind].plural}?${page.toString()}`)
      items.push(...body.items)
      if (body.metadata.continue === undefined) return items
      page.set('continue', body.metadata.continue)
    }
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(this.server + path, init)
    } catch (error) {
      const hint = 'is it running? --server or HEDDLE_SERVER names another'
      throw new CliError(`cannot reach the controller at ${this.server}: ${whyUnreachable(error)} (${hint})`)
    }
  }

  async #parse(response: Response): Promise<unknown> {
    const text = await response.text()
    if (response.status === 204) return undefined
    const type = response.headers.get('content-type') ?? 'no content type'
    if (!/^application\/([a-z]+\+)?json\b/.test(type)) {
      const got = `HTTP ${response.status}, ${type}`
      throw new CliError(`${this.server} does not answer as a Heddle controller does (${got})`)
    }
    return JSON.parse(text)
  }
}

interface List {
  readonly items: readonly Resource[]
  readonly metadata: { readonly revision: number; readonly continue?: string }
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ENOTFOUND: 'unknown host',
  EHOSTUNREACH: 'no route to the host',
  ECONNRESET: 'the connection was reset',
  UND_ERR_SOCKET: 'the connection was closed',
}

function whyUnreachable(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return 'no answer in time'
  const { code, message } = (error.cause ?? error) as { readonly code?: string; readonly message?: string }
  return (code === undefined ? undefined : REASONS[code]) ?? message ?? error.message
}
