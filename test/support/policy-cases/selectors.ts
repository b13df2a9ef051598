import type { NetworkPolicySpec, Selector } from '../../../tools/conformance/netpol/resources.js'
import type { PolicyCase } from './case.js'
import { named, on, pod, requirement, where } from './world.js'

/** x/a admits pods of all networks that a selector takes. */
const fromPods = (podSelector: Selector): NetworkPolicySpec[] => [
  { ...on('x/a'), ingress: [{ from: [{ networkSelector: {}, podSelector }] }] },
]

/** x/a admits the pods of networks that a selector takes. */
const fromNetworks = (networkSelector: Selector): NetworkPolicySpec[] => [
  { ...on('x/a'), ingress: [{ from: [{ networkSelector }] }] },
]

/** The pods that a selector takes receive nothing. */
const isolated = (podSelector: Selector): NetworkPolicySpec[] => [{ podSelector }]

export const SELECTOR_CASES: readonly PolicyCase[] = [
  // Pods as peers.
  {
    name: 'matchLabels takes pods with that label',
    policies: fromPods({ matchLabels: { app: 'web' } }),
    expect: ['x/a <- */a'],
    lab: true,
  },
  {
    name: 'all of matchLabels must hold',
    policies: fromPods({ matchLabels: { app: 'db', version: 'v1' } }),
    expect: ['x/a <- x/b'],
  },
  {
    name: 'matchLabels that no pod has takes nobody',
    policies: fromPods({ matchLabels: { app: 'cache' } }),
    expect: ['x/a <- none'],
  },
  {
    name: 'matchLabels with an empty value takes the label with the empty value',
    policies: fromPods({ matchLabels: { debug: '' } }),
    expect: ['x/a <- z/c'],
  },
  {
    name: 'a label that is absent is not one with an empty value',
    policies: fromPods({ matchLabels: { version: '' } }),
    expect: ['x/a <- none'],
  },
  {
    name: 'values are told apart by case',
    policies: fromPods({ matchLabels: { app: 'Web' } }),
    expect: ['x/a <- none'],
  },
  {
    name: 'In with one value is like matchLabels',
    policies: fromPods(where('version', 'In', 'v1')),
    expect: ['x/a <- x/b z/a'],
  },
  {
    name: 'In takes any of its values',
    policies: fromPods(where('version', 'In', 'v1', 'v2')),
    expect: ['x/a <- x/b y/b z/a'],
    lab: true,
  },
  {
    name: 'In with values that no pod has takes nobody',
    policies: fromPods(where('version', 'In', 'v8', 'v9')),
    expect: ['x/a <- none'],
  },
  {
    name: 'In with a key that no pod has takes nobody',
    policies: fromPods(where('colour', 'In', 'v1')),
    expect: ['x/a <- none'],
  },
  {
    name: 'In takes the empty value where it is listed',
    policies: fromPods(where('debug', 'In', '', 'on')),
    expect: ['x/a <- z/c'],
  },
  {
    name: 'NotIn takes pods with other values and pods without the label',
    policies: fromPods(where('version', 'NotIn', 'v1')),
    expect: ['x/a <- * -x/b -z/a'],
    lab: true,
  },
  {
    name: 'NotIn refuses each of its values',
    policies: fromPods(where('version', 'NotIn', 'v1', 'v2')),
    expect: ['x/a <- * -x/b -y/b -z/a'],
  },
  {
    name: 'NotIn with a key that no pod has takes everyone',
    policies: fromPods(where('colour', 'NotIn', 'v1')),
    expect: [],
  },
  {
    name: 'NotIn the empty value takes pods without the label',
    policies: fromPods(where('debug', 'NotIn', '')),
    expect: ['x/a <- * -z/c'],
  },
  {
    name: 'Exists takes the label with any value',
    policies: fromPods(where('version', 'Exists')),
    expect: ['x/a <- x/b y/b z/a'],
  },
  {
    name: 'Exists takes the label with an empty value',
    policies: fromPods(where('debug', 'Exists')),
    expect: ['x/a <- z/c'],
  },
  {
    name: 'Exists with a key that no pod has takes nobody',
    policies: fromPods(where('colour', 'Exists')),
    expect: ['x/a <- none'],
  },
  {
    name: 'Exists does not take the beginning of a key for the key',
    policies: fromPods(where('ap', 'Exists')),
    expect: ['x/a <- none'],
  },
  {
    name: 'DoesNotExist takes pods without the label',
    policies: fromPods(where('version', 'DoesNotExist')),
    expect: ['x/a <- * -x/b -y/b -z/a'],
    lab: true,
  },
  {
    name: 'DoesNotExist refuses the label with an empty value',
    policies: fromPods(where('debug', 'DoesNotExist')),
    expect: ['x/a <- * -z/c'],
  },
  {
    name: 'DoesNotExist with a key that no pod has takes everyone',
    policies: fromPods(where('colour', 'DoesNotExist')),
    expect: [],
  },
  {
    name: 'all expressions must hold',
    policies: fromPods({ matchExpressions: [requirement('app', 'Exists'), requirement('version', 'DoesNotExist')] }),
    expect: ['x/a <- x/a y/a z/b'],
  },
  {
    name: 'labels and expressions must hold together',
    policies: fromPods({ matchLabels: { app: 'db' }, matchExpressions: [requirement('version', 'NotIn', 'v1')] }),
    expect: ['x/a <- y/b z/b'],
  },
  {
    name: 'a selector that contradicts itself takes nobody',
    policies: fromPods({ matchLabels: { app: 'web' }, matchExpressions: [requirement('app', 'NotIn', 'web')] }),
    expect: ['x/a <- none'],
  },
  {
    name: 'two NotIn of one key both refuse',
    policies: fromPods({ matchExpressions: [requirement('pod', 'NotIn', 'a'), requirement('pod', 'NotIn', 'b')] }),
    expect: ['x/a <- */c'],
  },
  {
    name: 'two In of one key take what is in both',
    policies: fromPods({ matchExpressions: [requirement('pod', 'In', 'a', 'b'), requirement('pod', 'In', 'b', 'c')] }),
    expect: ['x/a <- */b'],
  },
  {
    name: 'Exists and NotIn of one key: another value, but a value',
    policies: fromPods({ matchExpressions: [requirement('version', 'Exists'), requirement('version', 'NotIn', 'v1')] }),
    expect: ['x/a <- y/b'],
  },
  {
    name: 'Exists and DoesNotExist of one key take nobody',
    policies: fromPods({ matchExpressions: [requirement('app', 'Exists'), requirement('app', 'DoesNotExist')] }),
    expect: ['x/a <- none'],
  },
  { name: 'an empty selector takes everyone', policies: fromPods({}), expect: [] },
  {
    name: 'a selector of empty lists takes everyone',
    policies: fromPods({ matchLabels: {}, matchExpressions: [] }),
    expect: [],
  },

  // Pods that a policy is about.
  {
    name: 'a policy isolates the pods with its labels, of all networks',
    policies: isolated({ matchLabels: { app: 'web' } }),
    expect: ['x/a y/a z/a <- none'],
    lab: true,
  },
  { name: 'a policy isolates by In', policies: isolated(where('version', 'In', 'v2', 'v3')), expect: ['y/b <- none'] },
  {
    name: 'a policy isolates by NotIn, also pods without the label',
    policies: isolated(where('version', 'NotIn', 'v1')),
    expect: ['x/a x/c y/* z/b z/c <- none'],
  },
  {
    name: 'a policy isolates by Exists',
    policies: isolated(where('version', 'Exists')),
    expect: ['x/b y/b z/a <- none'],
  },
  {
    name: 'a policy isolates by DoesNotExist',
    policies: isolated(where('version', 'DoesNotExist')),
    expect: ['x/a x/c y/a y/c z/b z/c <- none'],
  },
  {
    name: 'a policy isolates where all its expressions hold',
    policies: isolated({
      matchExpressions: [requirement('pod', 'In', 'a', 'c'), requirement('debug', 'DoesNotExist')],
    }),
    expect: ['x/a x/c y/a y/c z/a <- none'],
  },
  {
    name: 'a policy whose selector takes no pod changes nothing',
    policies: isolated({ matchLabels: { app: 'cache' } }),
    expect: [],
  },
  {
    name: 'a policy with an empty selector isolates all pods',
    policies: isolated({}),
    expect: ['x/* y/* z/* <- none'],
  },
  {
    name: 'a policy without a selector isolates all pods of its network',
    policies: [{ network: 'x' }],
    expect: ['x/* <- none'],
    lab: true,
  },
  {
    name: 'a pod without any labels is taken by empty, NotIn and DoesNotExist',
    pods: { 'x/c': { labels: {} } },
    policies: [
      {
        network: 'x',
        podSelector: { matchExpressions: [requirement('pod', 'NotIn', 'a'), requirement('app', 'DoesNotExist')] },
      },
    ],
    expect: ['x/c <- none'],
  },
  {
    name: 'a pod without any labels is admitted by an empty selector',
    pods: { 'x/c': { labels: {} } },
    policies: [{ ...on('x/a'), ingress: [{ from: [{ podSelector: {} }] }] }],
    expect: ['x/a <- x/*'],
  },
  {
    name: 'a pod without any labels is not admitted by Exists',
    pods: { 'x/c': { labels: {} } },
    policies: [{ ...on('x/a'), ingress: [{ from: [{ podSelector: where('pod', 'Exists') }] }] }],
    expect: ['x/a <- x/a x/b'],
  },

  // Networks.
  {
    name: 'networks by a label',
    policies: fromNetworks({ matchLabels: { env: 'prod' } }),
    expect: ['x/a <- x/* z/*'],
    lab: true,
  },
  {
    name: 'networks by two labels',
    policies: fromNetworks({ matchLabels: { env: 'prod', team: 'one' } }),
    expect: ['x/a <- x/*'],
  },
  {
    name: 'networks by a label that none has',
    policies: fromNetworks({ matchLabels: { env: 'stage' } }),
    expect: ['x/a <- none'],
  },
  { name: 'networks by In', policies: fromNetworks(where('env', 'In', 'test', 'stage')), expect: ['x/a <- y/*'] },
  {
    name: 'networks by NotIn, also those without the label',
    policies: fromNetworks(where('team', 'NotIn', 'one')),
    expect: ['x/a <- z/*'],
  },
  { name: 'networks by Exists', policies: fromNetworks(where('team', 'Exists')), expect: ['x/a <- x/* y/*'] },
  { name: 'networks by DoesNotExist', policies: fromNetworks(where('team', 'DoesNotExist')), expect: ['x/a <- z/*'] },
  { name: 'networks by name', policies: fromNetworks(named('y')), expect: ['x/a <- y/*'], lab: true },
  { name: 'networks by several names', policies: fromNetworks(named('x', 'z')), expect: ['x/a <- x/* z/*'] },
  {
    name: 'networks but for one name',
    policies: fromNetworks(where('heddle.io/name', 'NotIn', 'x')),
    expect: ['x/a <- y/* z/*'],
  },
  {
    name: 'every network has a name',
    policies: fromNetworks(where('heddle.io/name', 'DoesNotExist')),
    expect: ['x/a <- none'],
  },
  {
    name: 'the name of a network of another tenant is none of ours',
    policies: fromNetworks(named('q')),
    expect: ['x/a <- none'],
  },
  {
    name: 'networks by name and label',
    policies: fromNetworks({ ...named('x', 'y'), matchLabels: { env: 'prod' } }),
    expect: ['x/a <- x/*'],
  },
  { name: 'an empty network selector takes all networks of the tenant', policies: fromNetworks({}), expect: [] },
  {
    name: 'a network without labels is taken by DoesNotExist',
    networks: { y: { labels: {} } },
    policies: fromNetworks(where('env', 'DoesNotExist')),
    expect: ['x/a <- y/*'],
  },
  { name: 'labels of pods are not labels of networks', policies: fromNetworks(pod('a')), expect: ['x/a <- none'] },
  {
    name: 'labels of networks are not labels of pods',
    policies: fromPods({ matchLabels: { env: 'prod' } }),
    expect: ['x/a <- none'],
  },
  { name: 'the name of a network is no label of its pods', policies: fromPods(named('x')), expect: ['x/a <- none'] },
]
