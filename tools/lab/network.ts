import { readFileSync, existsSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { LabError } from './errors.js'
import { subnetSeed } from './names.js'
import { endProcesses, holdNamespaces } from './processes.js'
import { eachLimited, must, run } from './run.js'
import type { LabHost, LabState } from './state.js'

/**
 * The lab's wires. In the underlay namespace stand two Linux bridges: `underlay` joins the hosts' uplinks (`up0` on
 * the host, which br-phy holds), `mgmt` joins their management links (`mgmt0`) and one veth into the root namespace,
 * over which the hosts' OVS reaches a controller that listens there.
 */

/** 198.18.0.0/15, set aside for tests of networks (RFC 2544): 512 subnets of 256 addresses. */
const firstSubnet = (198 << 8) | 18
const subnets = 512

interface AddressInfo {
  readonly addr_info?: readonly { readonly local?: string }[]
}

/**
 * First three octets of a management subnet that no interface of the root namespace has an address in.
 * Called under the lock "labs", which is held until the address is on its interface. Throws LAB_NO_SUBNET.
 */
export async function freeSubnet(lab: string): Promise<string> {
  const links = JSON.parse(await must(['ip', '-j', '-4', 'address', 'show'])) as readonly AddressInfo[]
  const taken = new Set(
    links.flatMap((link) => link.addr_info ?? []).map(({ local }) => local?.split('.').slice(0, 3).join('.')),
  )
  const seed = subnetSeed(lab)
  for (let i = 0; i < subnets; i++) {
    const index = (seed + i) % subnets
    const subnet = `${firstSubnet >> 8}.${(firstSubnet & 255) + (index >> 8)}.${index & 255}`
    if (!taken.has(subnet)) return subnet
  }
  throw new LabError('LAB_NO_SUBNET', 'every /24 of 198.18.0.0/15 is in use in this namespace')
}

/** Throws LAB_EXISTS when a namespace or interface that the lab would make is there already. */
export function checkNothingThere(state: LabState): void {
  for (const namespace of [state.underlayNamespace, ...state.hosts.map((host) => host.namespace)]) {
    if (existsSync(`/run/netns/${namespace}`)) {
      throw new LabError('LAB_EXISTS', `network namespace ${namespace} exists already`)
    }
  }
  const links = readFileSync('/proc/self/net/dev', 'utf8')
  if (links.includes(`${state.rootInterface}:`)) {
    throw new LabError('LAB_EXISTS', `network interface ${state.rootInterface} exists already`)
  }
}

/** Makes the namespaces and the link to the root namespace: what must be done under the lock "labs". */
export async function makeNamespaces(state: LabState): Promise<void> {
  const { underlayNamespace, rootInterface, controllerAddress } = state
  await batch([
    `netns add ${underlayNamespace}`,
    ...state.hosts.map((host) => `netns add ${host.namespace}`),
    `link add ${rootInterface} type veth peer name root netns ${underlayNamespace}`,
    `link set ${rootInterface} addrgenmode none`,
    `address add ${controllerAddress}/24 dev ${rootInterface}`,
    `link set ${rootInterface} up`,
  ])
}

/** Lays all links between the hosts and the underlay namespace, and brings them up. */
export async function makeLinks(state: LabState): Promise<void> {
  const { underlayNamespace, underlayMtu: mtu, hosts } = state
  const bridge = 'type bridge stp_state 0 forward_delay 0 mcast_snooping 0'
  const ports = [
    { name: 'root', bridge: 'mgmt' },
    ...hosts.flatMap((_, i) => [
      { name: `m${i + 1}`, bridge: 'mgmt' },
      { name: `u${i + 1}`, bridge: 'underlay' },
    ]),
  ]
  await batch(
    [
      'link set lo up',
      `link add mgmt ${bridge}`,
      `link add underlay mtu ${mtu} ${bridge}`,
      ...hosts.flatMap(({ namespace }, i) => [
        `link add m${i + 1} type veth peer name mgmt0 netns ${namespace}`,
        `link add u${i + 1} mtu ${mtu} type veth peer name up0 mtu ${mtu} netns ${namespace}`,
      ]),
      ...ports.map((port) => `link set ${port.name} master ${port.bridge}`),
      ...['mgmt', 'underlay', ...ports.map((port) => port.name)].flatMap((name) => [
        `link set ${name} addrgenmode none`,
        `link set ${name} up`,
      ]),
    ],
    underlayNamespace,
  )
  await eachLimited(hosts, 4, setUpHost)
}

async function setUpHost(host: LabHost): Promise<void> {
  await script(host.namespace, [
    ...ipBatch([
      'link set lo up',
      ...['mgmt0', 'up0'].flatMap((name) => [`link set ${name} addrgenmode none`, `link set ${name} up`]),
      `address add ${host.managementAddress}/24 dev mgmt0`,
    ]),
    ...checksumsBySender(host, 'up0'),
  ])
}

/**
 * Shell lines that leave no checksum of what is sent on the link to its device. The userspace datapath reads packets as
 * the sender made them, so one left to the device stays undone; the kernel's does what the sender left.
 */
export function checksumsBySender(host: LabHost | undefined, link: string): readonly string[] {
  return host?.datapath === 'netdev' ? [`ethtool -K ${link} tx off >/dev/null`] : []
}

/**
 * Gives br-phy the tunnel endpoint's address. The bridge's interface is ovs-vswitchd's own, so the address is gone
 * after each of its restarts, and put back as a distribution's network scripts would.
 */
export async function addressBridge(host: LabHost): Promise<void> {
  const length = isIPv6(host.underlayAddress) ? '64 nodad' : '24'
  await batch(
    [
      'link set br-phy addrgenmode none',
      `address replace ${host.underlayAddress}/${length} dev br-phy`,
      'link set br-phy up',
    ],
    host.namespace,
  )
}

/**
 * Ends what runs in the namespaces (and the daemons of `dir`), then removes links and namespaces, as far as they are
 * there. `removeLinks` removes those whose names must be free when this returns: a namespace's own go some time after it.
 */
export async function removeNamespaces(
  names: readonly string[],
  removeLinks: () => Promise<void>,
  dir?: string,
): Promise<void> {
  const held = holdNamespaces(names)
  try {
    await endProcesses(held, dir)
    await removeLinks()
    const there = names.filter((name) => existsSync(`/run/netns/${name}`))
    if (there.length > 0) await batch(there.map((name) => `netns delete ${name}`))
    // Once more, now that none can enter: who came in since we looked.
    await endProcesses(held, dir)
  } finally {
    held.release()
  }
}

/** Removes all wires of the lab, after ending what runs in it; works for half a lab, too. */
export async function removeNetwork(state: LabState): Promise<void> {
  const members = [...state.hosts, ...state.pods].map((member) => member.namespace)
  const removeLink = async (): Promise<void> => {
    await run(['ip', 'link', 'delete', state.rootInterface])
  }
  await removeNamespaces([state.underlayNamespace, ...members], removeLink, state.dir)
}

/** Runs ip commands, one a line, in one process; in a namespace when given. */
export async function batch(commands: readonly string[], namespace?: string): Promise<void> {
  const where = namespace === undefined ? [] : ['-n', namespace]
  await must(['ip', ...where, '-batch', '-'], { input: lines(commands) })
}

/** Runs shell lines in a namespace, in one shell that ends at the first failure. */
export async function script(namespace: string, commands: readonly string[]): Promise<void> {
  await must(['ip', 'netns', 'exec', namespace, 'sh', '-e'], { input: lines(commands) })
}

/** Shell lines that run ip commands in one process. */
export function ipBatch(commands: readonly string[]): readonly string[] {
  return ['ip -batch - <<END', ...commands, 'END']
}

function lines(commands: readonly string[]): string {
  return `${commands.join('\n')}\n`
}
