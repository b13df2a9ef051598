import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { TlsOptions } from 'ovsdb-client'

const run = promisify(execFile)

/** A certificate authority in a directory, and what it signs. */
export class Authority {
  readonly #dir: string

  private constructor(dir: string) {
    this.#dir = dir
  }

  static async create(dir: string, name = 'test authority'): Promise<Authority> {
    const authority = new Authority(dir)
    const subject = ['-subj', `/CN=${name}`, '-days', '2']
    await authority.#openssl('req', '-x509', ...KEY, '-keyout', 'ca.key', '-out', 'ca.pem', ...subject)
    return authority
  }

  /** Paths of a key and a certificate that the authority has signed, and of its own. */
  async issue(name: string): Promise<{ readonly key: string; readonly cert: string; readonly ca: string }> {
    const [key, request, cert] = [`${name}.key`, `${name}.csr`, `${name}.pem`]
    await this.#openssl('req', '-new', ...KEY, '-keyout', key, '-out', request, '-subj', `/CN=${name}`)
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2']
    await this.#openssl('x509', '-req', '-in', request, '-out', cert, ...by)
    return { key: join(this.#dir, key), cert: join(this.#dir, cert), ca: join(this.#dir, 'ca.pem') }
  }

  /** The same, read. */
  async options(name: string): Promise<TlsOptions> {
    const { key, cert, ca } = await this.issue(name)
    return { key: await readFile(key), cert: await readFile(cert), ca: await readFile(ca) }
  }

  async #openssl(...args: readonly string[]): Promise<void> {
    await run('openssl', args, { cwd: this.#dir })
  }
}

const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
