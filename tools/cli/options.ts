/** Options that Open vSwitch's programs have in common, in the order in which each of them has them. */
import { FatalError } from './errors.js'
import type { CommandLine, OptionSpec } from './getopt.js'
import type { TlsOption } from './tls.js'
import { checkLogSpec } from './vlog.js'

/** One option, and what it changes of the options that a program has. */
export interface Entry<To> extends OptionSpec {
  /** Options without are taken, but not told of. */
  readonly help?: string
  readonly set: (to: To, value: string) => void
}

export interface LogOptions {
  /** Arguments of `-v`. */
  logging: readonly string[]
}

export interface TlsOptionsGiven {
  tls: readonly TlsOption[]
}

/** The options that programs with a background have in common. */
export interface DaemonOptions {
  detach: boolean
  chdir: boolean
  /** A path, '' for the usual one, undefined for none. */
  pidfile: string | undefined
  overwritePidfile: boolean
  /** Whom to be instead of root: `USER[:GROUP]`. */
  user: string | undefined
}

export const NO_DAEMON: Readonly<DaemonOptions> = {
  detach: false,
  chdir: true,
  pidfile: undefined,
  overwritePidfile: false,
  user: undefined,
}

/** For an option that asks for nothing that we have. */
export const nothing = (): void => undefined

export const none = { argument: 'none' } as const
export const required = { argument: 'required' } as const
export const optional = { argument: 'optional' } as const

/** `modules` log in this program only. */
export const logEntries = (modules: readonly string[]): readonly Entry<LogOptions>[] => [
  {
    long: 'verbose', short: 'v', ...optional, help: 'levels of logging',
    set: (to, spec) => {
      checkLogSpec(spec, modules)
      to.logging = [...to.logging, spec]
    },
  },
  { long: 'log-file', ...optional, set: nothing },
  { long: 'syslog-method', ...required, set: nothing },
  { long: 'syslog-target', ...required, set: nothing },
]

export const DAEMON_ENTRIES: readonly Entry<DaemonOptions>[] = [
  { long: 'detach', ...none, set: (to) => (to.detach = true) },
  // A program that is not confined in the first place.
  { long: 'no-self-confinement', ...none, set: nothing },
  { long: 'no-chdir', ...none, set: (to) => (to.chdir = false) },
  { long: 'pidfile', ...optional, set: (to, v) => (to.pidfile = v) },
  { long: 'overwrite-pidfile', ...none, set: (to) => (to.overwritePidfile = true) },
  { long: 'monitor', ...none, set: nothing },
  { long: 'user', ...required, set: (to, v) => (to.user = v) },
]

const tlsEntry = (name: TlsOption['name'], help?: string, short?: string): Entry<TlsOptionsGiven> => ({
  long: name,
  ...required,
  ...(short !== undefined && { short }),
  ...(help !== undefined && { help }),
  set: (to, value) => (to.tls = [...to.tls, { name, value }]),
})

export const TLS_ENTRIES: readonly Entry<TlsOptionsGiven>[] = [
  tlsEntry('private-key', 'file with private key', 'p'),
  tlsEntry('certificate', 'file with certificate for private key', 'c'),
  tlsEntry('ca-cert', 'file with peer CA certificate, or none', 'C'),
  tlsEntry('ssl-protocols', 'versions of TLS: TLSv1, TLSv1.1, TLSv1.2'),
  tlsEntry('ssl-ciphers', 'ciphers, as OpenSSL lists them'),
]

/** Those of TLS that not every program has. */
export const BOOTSTRAP_CA_ENTRY = tlsEntry('bootstrap-ca-cert', "file for the peer's CA certificate, written if missing")
export const PEER_CA_ENTRY = tlsEntry('peer-ca-cert', 'file with CA certificate to show to the peer')

/** Sets what was given, in its order, up to an option after which `done` says that no other counts. */
export function applyOptions<To>(
  to: To,
  { options }: CommandLine,
  entries: readonly Entry<To>[],
  done: () => boolean,
): void {
  for (const { long, value = '' } of options) {
    entries.find((entry) => entry.long === long)?.set(to, value)
    if (done()) return
  }
}

/** The argument of --timeout, in milliseconds. @throws FatalError */
export function parseTimeout(text: string, { allowZero = false }: { readonly allowZero?: boolean } = {}): number {
  const seconds = Number(text)
  const isValid = /^\d+$/.test(text) && (seconds > 0 || allowZero)
  if (!isValid) throw new FatalError(`value ${text} on -t or --timeout is invalid`)
  return seconds * 1000
}
