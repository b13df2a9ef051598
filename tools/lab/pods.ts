import { isIPv6 } from 'node:net'
import { existsSync } from 'node:fs'
import { LabError } from './errors.js'
import { checkAddress, checkInteger, checkInterfaceName, checkMac, checkPodName } from './names.js'
import { batch, checksumsBySender, ipBatch, removeNamespaces, script } from './network.js'
import { eachLimited, run } from './run.js'
import type { LabHost, LabPod, LabState, PodAddress, PodSpec } from './state.js'

/** Throws when a pod cannot be made as asked, before anything is. */
export function checkPods(state: LabState, pods: readonly LabPod[]): void {
  const names = new Set(state.pods.map((pod) => pod.name))
  const ends = new Set(state.pods.map((pod) => `${pod.host} ${pod.interface}`))
  for (const pod of pods) {
    checkPod(pod)
    if (names.has(pod.name)) throw new LabError('LAB_EXISTS', `pod "${pod.name}" exists already`)
    const end = `${pod.host} ${pod.interface}`
    if (ends.has(end)) throw new LabError('LAB_EXISTS', `interface "${pod.interface}" exists already on ${pod.host}`)
    names.add(pod.name)
    ends.add(end)
    if (existsSync(`/run/netns/${pod.namespace}`)) {
      throw new LabError('LAB_EXISTS', `network namespace ${pod.namespace} exists already`)
    }
  }
}

function checkPod(pod: PodSpec): void {
  checkPodName(pod.name)
  checkInterfaceName(pod.interface)
  checkMac(pod.mac)
  checkInteger('mtu', pod.mtu, 68, 65535)
  for (const { address, prefixLength, gateway } of addressesOf(pod)) {
    checkAddress('address', address)
    checkInteger('prefixLength', prefixLength, 0, isIPv6(address) ? 128 : 32)
    if (gateway !== undefined) checkAddress('gateway', gateway)
  }
}

export function addressesOf(pod: PodSpec): readonly PodAddress[] {
  return pod.addresses ?? [pod]
}

/** Makes the pods' namespaces and links: one process for the namespaces, one shell a host and one a pod. */
export async function makePods(hosts: readonly LabHost[], pods: readonly LabPod[]): Promise<void> {
  await batch(pods.map((pod) => `netns add ${pod.namespace}`))
  const withPods = hosts.filter((host) => pods.some((pod) => pod.host === host.name))
  await eachLimited(withPods, 4, (host) => linkPods(host, pods.filter((pod) => pod.host === host.name)))
  await eachLimited(pods, 4, (pod) => setUpPod(hosts.find((host) => host.name === pod.host), pod))
}

/** Linux names the peer in the pod's namespace at once, so that no other namespace ever sees an `eth0` of ours. */
async function linkPods(host: LabHost, pods: readonly LabPod[]): Promise<void> {
  await script(host.namespace, [
    ...ipBatch(
      pods.flatMap((pod) => [
        `link add ${pod.interface} mtu ${pod.mtu} type veth peer name eth0 mtu ${pod.mtu} address ${pod.mac}` +
          ` netns ${pod.namespace}`,
        `link set ${pod.interface} addrgenmode none`,
        `link set ${pod.interface} up`,
      ]),
    ),
    ...pods.flatMap((pod) => checksumsBySender(host, pod.interface)),
  ])
}

async function setUpPod(host: LabHost | undefined, pod: LabPod): Promise<void> {
  await script(pod.namespace, [
    'for file in accept_ra autoconf; do',
    '  path=/proc/sys/net/ipv6/conf/eth0/$file; if [ -e $path ]; then echo 0 >$path; fi',
    'done',
    ...checksumsBySender(host, 'eth0'),
    ...ipBatch([
      'link set lo up',
      'link set eth0 addrgenmode none',
      'link set eth0 up',
      ...addressesOf(pod).flatMap(addressCommands),
    ]),
  ])
}

/** Without duplicate address detection, an IPv6 address is of use at once, as an IPv4 one is. */
function addressCommands({ address, prefixLength, gateway }: PodAddress): string[] {
  const add = `address add ${address}/${prefixLength} dev eth0${isIPv6(address) ? ' nodad' : ''}`
  return gateway === undefined ? [add] : [add, `route add default via ${gateway} dev eth0 onlink`]
}

/** Ends what runs in the pods and removes their links and namespaces; what is gone already is no error. */
export async function removePods(pods: readonly LabPod[]): Promise<void> {
  const there = pods.filter((pod) => existsSync(`/run/netns/${pod.namespace}`))
  await removeNamespaces(there.map((pod) => pod.namespace), async () => {
    // A veth goes with either end. We take the pod's: on the host, an interface of that name might be another's, when
    // the pod could not be made for that very reason. With the namespace alone it would go too, but some time later.
    await eachLimited(there, 4, async ({ namespace }) => {
      await run(['ip', '-n', namespace, 'link', 'delete', 'eth0'])
    })
  })
}
