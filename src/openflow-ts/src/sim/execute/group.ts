import type { Bucket } from '../../messages/spec/group-bucket.js'
import type { Group } from '../../messages/spec/group.js'
import { ANY_GROUP } from '../../messages/spec/parts.js'
import { PORTS } from '../../ports.js'
import { executionOrder } from '../action-set.js'
import type { Executors, Translation } from '../translation.js'

const MAX_LIVENESS_DEPTH = 128

/** A bucket is alive that watches nothing, or something that is. */
function isAlive(t: Translation, bucket: Bucket, depth = 0): boolean {
  const { watch_port = PORTS.ANY, watch_group = ANY_GROUP } = bucket
  if (depth >= MAX_LIVENESS_DEPTH) return false
  if (watch_port === PORTS.ANY && watch_group === ANY_GROUP) return true
  const port = t.sw.ports.get(watch_port)
  if (port !== undefined && port.live !== false) return true
  const group = watch_group === ANY_GROUP ? undefined : t.sw.groups.get(watch_group)
  return group?.buckets.some((other) => isAlive(t, other, depth + 1)) ?? false
}

/** Errors of one bucket's packet that do not end the others. */
const OF_THE_PACKET = new Set(['Too many MPLS labels', 'Unsupported packet type'])

/** A bucket is an action set, executed on a packet of its own. */
function runBucket(t: Translation, group: Group, bucket: Bucket, last: boolean): void {
  const { packet, wasMpls } = t
  t.packet = packet.clone()
  const id = bucket.bucket_id ?? group.buckets.indexOf(bucket)
  t.under({ type: 'bucket', text: `bucket ${id}`, steps: [] }, () => {
    t.depth++
    t.run(executionOrder(bucket.actions), last, true)
    t.depth--
  })
  if (t.freezing !== undefined) t.finishFreezing()
  t.packet = packet
  t.wasMpls = wasMpls
  t.exit = false
  if (t.error !== undefined && OF_THE_PACKET.has(t.error)) t.error = undefined
}

function runChosen(t: Translation, group: Group, bucket: Bucket | undefined, last: boolean): void {
  if (bucket === undefined) {
    t.report('detail', 'no live bucket')
    return
  }
  t.report('detail', `using bucket ${bucket.bucket_id ?? group.buckets.indexOf(bucket)}`)
  runBucket(t, group, bucket, last)
}

function select(t: Translation, group: Group, last: boolean): void {
  if (t.wasMpls) {
    t.freeze('mpls')
    t.report('detail', 'no live bucket')
    return
  }
  const live = group.buckets.filter((bucket) => (bucket.weight ?? 1) > 0 && isAlive(t, bucket))
  const how = t.options.select ?? 'hash'
  if (how === 'each') for (const bucket of live) runBucket(t, group, bucket, false)
  else if (how !== 'hash') runChosen(t, group, live.length === 0 ? undefined : how(group, live, t.packet), last)
  else {
    const buckets = live.map((bucket) => bucket.bucket_id ?? group.buckets.indexOf(bucket))
    t.effects.push({ type: 'select', group_id: group.group_id, buckets })
    t.freeze('hash')
    t.report('detail', 'no live bucket')
  }
}

export const groupExecutors = {
  group(t, { group_id }, here) {
    if (!t.withinLimits()) return
    const group = t.sw.groups.get(group_id)
    if (group === undefined) {
      t.report('warn', `output to nonexistent group ${group_id}`)
      t.stopped = true
      return
    }
    if (group.group_type === 'select') select(t, group, here.last)
    else if (group.group_type === 'ff') {
      runChosen(t, group, group.buckets.find((bucket) => isAlive(t, bucket)), here.last)
    } else {
      const final = group.buckets.at(-1)
      for (const bucket of group.buckets) runBucket(t, group, bucket, here.last && bucket === final)
    }
  },
} as const satisfies Executors
