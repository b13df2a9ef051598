import assert from 'node:assert/strict'
import { operations, Replica, Session } from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import { queueKey, type WantedQos, type WantedQueue } from '../../src/compile/wanted.js'
import { diffQos, type QosDiff } from '../../src/hosts/diff-qos.js'
import { MONITORED, ReplicaRows } from '../../src/hosts/replica-rows.js'
import { TestServer } from './ovsdb-support.js'

interface Wanted {
  readonly qos: ReadonlyMap<string, WantedQos>
  readonly queues: ReadonlyMap<string, WantedQueue>
}

/** An uplink with the queues of some pods. */
function uplink(rates: Readonly<Record<number, number>>, bandwidth = 100): Wanted {
  const queues = Object.entries(rates).map(([id, rate]): WantedQueue => ({
    port: 'up0',
    queue_id: Number(id),
    other_config: { 'max-rate': String(rate) },
    external_ids: { 'heddle-pod': `red/web/${id}` },
  }))
  return {
    qos: new Map([['up0', { port: 'up0', bridge: 'br-ex', other_config: { 'max-rate': String(bandwidth) } }]]),
    queues: new Map(queues.map((queue) => [queueKey(queue), queue])),
  }
}

const NOTHING: Wanted = { qos: new Map(), queues: new Map() }

describe('QoS and queues of a real ovsdb-server', function () {
  this.timeout(60_000)
  const { select } = operations(OpenVSwitch)
  let server: TestServer
  let session: Session
  let rows: ReplicaRows

  beforeEach(async () => {
    server = await TestServer.start()
    session = await Session.connect(server.target)
    rows = new ReplicaRows(await Replica.open(session, OpenVSwitch, { tables: MONITORED }))
    await vsctl('add-br', 'br-ex', '--', 'add-port', 'br-ex', 'up0', '--', 'add-port', 'br-ex', 'up1')
  })

  afterEach(async () => {
    await session.close()
    await server.stop()
  })

  /** Diffs, applies, and diffs again: then nothing may be left to do. */
  async function bring(wanted: Wanted, names?: Iterable<string>): Promise<QosDiff> {
    const diff = diffQos(wanted, names, rows)
    if (diff.operations.length > 0) await session.transact(OpenVSwitch, diff.operations)
    assert.deepEqual(diffQos(wanted, names, rows).operations, [])
    return diff
  }

  const vsctl = async (...args: string[]): Promise<string> => {
    const printed = await server.vsctl(...args)
    await session.transact(OpenVSwitch, [select('Open_vSwitch', [], ['ovs_version'])])
    return printed
  }

  /** Queue number -> row and rate, as the uplink's QoS has them. */
  function linked(): Map<number, { uuid: string; rate: string | undefined }> {
    const port = rows.portNamed('up0')
    const qos = [...rows.allQos()].find(({ _uuid }) => _uuid === port?.qos)
    const queues = new Map([...rows.allQueues()].map((queue) => [queue._uuid, queue]))
    return new Map(
      Array.from(qos?.queues ?? [], ([id, uuid]) => [id, { uuid, rate: queues.get(uuid)?.other_config['max-rate'] }]),
    )
  }
  const rates = () => Object.fromEntries(Array.from(linked(), ([id, { rate }]) => [id, Number(rate)]))
  const count = () => [[...rows.allQos()].length, [...rows.allQueues()].length]

  it('come in one transaction, and go without a trace', async () => {
    await bring(uplink({ 0: 100, 16: 20 }))
    assert.deepEqual(rates(), { 0: 100, 16: 20 })
    await bring(NOTHING)
    assert.deepEqual(count(), [0, 0])
    assert.equal(rows.portNamed('up0')?.qos, null)
  })

  it('are changed in place: the rows stay the same through 1,000 rates, with queues that come and go', async () => {
    await bring(uplink({ 0: 100, 16: 1 }))
    const { uuid } = linked().get(16)!
    for (let i = 1; i <= 1_000; i++) {
      await bring(uplink({ 0: 100, 16: i, ...(i % 3 === 0 && { [17 + (i % 5)]: i }) }), ['up0'])
    }
    assert.deepEqual(rates(), { 0: 100, 16: 1000 })
    assert.equal(linked().get(16)!.uuid, uuid)
    assert.deepEqual(count(), [1, 2])
    assert.equal(diffQos(uplink({ 0: 100, 16: 5 }), undefined, rows).operations.length, 1)
  })

  it('come back when somebody has taken them away or apart', async () => {
    const wanted = uplink({ 0: 100, 16: 20, 17: 30 })
    await bring(wanted)
    for (const damage of [
      ['clear', 'port', 'up0', 'qos'],
      ['clear', 'port', 'up0', 'qos', '--', '--all', 'destroy', 'qos'],
      ['--all', 'destroy', 'qos', '--', '--all', 'destroy', 'queue', '--', 'clear', 'port', 'up0', 'qos'],
      ['del-port', 'br-ex', 'up0', '--', 'add-port', 'br-ex', 'up0'],
    ]) {
      await vsctl(...damage)
      await bring(wanted)
      assert.deepEqual(rates(), { 0: 100, 16: 20, 17: 30 }, damage.join(' '))
      assert.deepEqual(count(), [1, 3], damage.join(' '))
    }
  })

  it('leave those of others alone, and say what is in the way', async () => {
    await vsctl('set', 'port', 'up0', 'qos=@q', '--', '--id=@q', 'create', 'qos', 'type=linux-htb', 'queues:1=@a', '--', '--id=@a', 'create', 'queue', 'external_ids:theirs=yes')
    const { problems } = await bring(uplink({ 0: 100 }))
    assert.match(problems.get('up0') ?? '', /has a QoS that is not Heddle's/)
    assert.deepEqual(count(), [1, 1])
    await vsctl('clear', 'port', 'up0', 'qos')
    await bring(uplink({ 0: 100 }))
    await bring(NOTHING)
    assert.deepEqual(count(), [1, 1], 'the other row is still there')
  })

  it('need a port that is there, on the bridge that is named', async () => {
    const wanted = { ...NOTHING, qos: new Map([['gone', { port: 'gone', bridge: 'br-ex', other_config: {} }]]) }
    assert.equal((await bring(wanted)).problems.get('gone'), 'bridge br-ex has no port gone')
    const elsewhere = { ...NOTHING, qos: new Map([['up1', { port: 'up1', bridge: 'br-other', other_config: {} }]]) }
    assert.equal((await bring(elsewhere)).problems.get('up1'), 'bridge br-other has no port up1')
  })
})
