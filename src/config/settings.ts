import {
  choice,
  duration,
  integer,
  IPV4,
  LISTEN_ANY,
  LISTEN_HOST,
  LISTEN_TCP,
  PATH,
  PORT,
  type SettingType,
} from './types.js'

/** Every setting of the controller, declared once. Names in files are the keys; flags and variables derive from them. */

interface Setting<T, D> {
  readonly type: SettingType<T>
  /** As text, like any other source's; absent: the setting may have no value. */
  readonly default: D
  /** What happens without a value, where there is no default. */
  readonly otherwise?: string
  readonly description: string
}

function setting<T>(value: Omit<Setting<T, string>, 'otherwise'>): Setting<T, string> {
  return value
}

function optional<T>(value: Omit<Setting<T, undefined>, 'default'>): Setting<T, undefined> {
  return { ...value, default: undefined }
}

export const SETTINGS = {
  data: setting({
    type: PATH,
    default: './var',
    description: 'directory of the store',
  }),
  apiHost: setting({
    type: LISTEN_HOST,
    default: '127.0.0.1',
    description: 'address of the REST API; who reaches it commands the network',
  }),
  apiPort: setting({ type: PORT, default: '7420', description: 'port of the REST API; 0: any free one' }),
  bodyLimit: setting({
    type: integer('BYTES', 1024, 64 << 20),
    default: String(1 << 20),
    description: 'longest request body',
  }),
  rateLimit: setting({
    type: integer('COUNT', 0, 1_000_000_000),
    default: '0',
    description: 'requests a minute and client; 0: no limit',
  }),
  ovsdbListen: setting({
    type: LISTEN_ANY,
    default: 'ptcp:6640:0.0.0.0',
    description: "where hosts' ovsdb-server dials in (ovs-vsctl set-manager)",
  }),
  openflowListen: setting({
    type: LISTEN_TCP,
    default: 'ptcp:6653:0.0.0.0',
    description: "where hosts' ovs-vswitchd dials in; Heddle tells them",
  }),
  controllerAddress: optional({
    type: IPV4,
    otherwise: "the local address of the host's OVSDB connection",
    description: 'address that hosts are told to dial for OpenFlow',
  }),
  auditInterval: setting({
    type: duration(0, 86_400_000),
    default: '60s',
    description: "how often each switch's flows are compared in full with what is wanted; 0s: never",
  }),
  statsInterval: setting({
    type: duration(0, 86_400_000),
    default: '5s',
    description: "how often counters of hosts are read, for metrics, `heddle top` and flood guards; 0s: never",
  }),
  probeInterval: setting({
    type: duration(0, 86_400_000),
    default: '30s',
    description: 'how often each host sends a full-size frame to another, to find an underlay that drops it; 0s: never',
  }),
  identityRest: setting({
    type: duration(0, 7 * 86_400_000),
    default: '1h',
    description: 'how long the identity of a set of labels is kept, and its number nobody else\'s, once no pod has it',
  }),
  logLevel: setting({
    type: choice(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
    default: 'info',
    description: 'least severe messages that are logged',
  }),
} as const

export type SettingName = keyof typeof SETTINGS

type ValueOf<S> = S extends Setting<infer T, infer D> ? (D extends string ? T : T | undefined) : never

export type Settings = { readonly [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> }

export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[]

/** A setting without its value's type, for code that treats all alike. */
export function settingOf(name: SettingName): Setting<unknown, string | undefined> {
  return SETTINGS[name] as Setting<unknown, string | undefined>
}

/** `apiPort` is `--api-port`. */
export function flagOf(name: SettingName): string {
  return `--${kebab(name)}`
}

/** `apiPort` is `HEDDLE_API_PORT`. */
export function envOf(name: SettingName): string {
  return `HEDDLE_${kebab(name).replaceAll('-', '_').toUpperCase()}`
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
