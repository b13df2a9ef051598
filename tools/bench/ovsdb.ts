import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { operations, Replica, Session, type DatabaseSchema, type DynamicTypes, type Uuid } from 'ovsdb-client'
import { BenchError, usage } from './errors.js'
import { withOvsdbServer } from './ovsdb-server.js'
import { log, Report } from './report.js'

const run = promisify(execFile)

const many = { min: 0, max: 'unlimited' }
const SCHEMA = {
  name: 'bench',
  version: '1.0.0',
  tables: {
    Item: {
      isRoot: true,
      columns: {
        name: { type: 'string' },
        number: { type: 'integer' },
        enabled: { type: { key: 'boolean', min: 0 } },
        tags: { type: { key: 'string', ...many } },
        external_ids: { type: { key: 'string', value: 'string', ...many } },
        statistics: { type: { key: 'string', value: 'integer', ...many } },
      },
      indexes: [['name']],
    },
  },
}

const BATCH = 1000
const ROUNDS = 3
const TRANSACTIONS = 4000
const EVENT_ROWS = 200

/** Columns of a schema that is read at run time have no types that would tell that this one is a number. */
const INCREMENT = [['number', '+=', 1]] as never

/** Python's own replica (python3-openvswitch), which prints what `ovsdb-reader` prints. */
const PYTHON = `
import resource, sys, time
import ovs.db.idl, ovs.poller
began = time.monotonic()
helper = ovs.db.idl.SchemaHelper(sys.argv[2])
helper.register_all()
idl = ovs.db.idl.Idl(sys.argv[1], helper)
seqno = idl.change_seqno
while idl.change_seqno == seqno:
    idl.run()
    poller = ovs.poller.Poller()
    idl.wait(poller)
    if idl.change_seqno == seqno:
        poller.block()
used = resource.getrusage(resource.RUSAGE_SELF)
print(len(idl.tables["Item"].rows), time.monotonic() - began, used.ru_maxrss, used.ru_utime + used.ru_stime)
`

/** `bench ovsdb [ROWS]`: ovsdb-client on a real ovsdb-server, beside Python's replica in the same run. */
export async function benchOvsdb([count = '100000']: readonly string[]): Promise<void> {
  if (!/^[1-9]\d{2,6}$/.test(count)) throw usage(`ovsdb: "${count}" is no number of rows of at least 100`)
  const rows = Number(count)
  const report = new Report()
  await withOvsdbServer(SCHEMA, async (target, dir) => {
    const session = await Session.connect(target, { probeIntervalMs: 0 })
    const schema = await session.getSchema('bench')
    log(`${rows} rows`)
    const uuids = await fill(session, schema, rows)
    await benchReplicas(report, target, `${dir}/schema`, rows)
    for (const inFlight of [1, 8, 64]) await benchTransactions(report, session, schema, uuids, inFlight)
    await benchEvents(report, session, target, schema, uuids)
    await session.close()
  })
}

async function fill(session: Session, schema: DatabaseSchema<DynamicTypes>, rows: number): Promise<readonly Uuid[]> {
  const { insert } = operations(schema)
  const uuids: Uuid[] = []
  for (let from = 0; from < rows; from += BATCH) {
    const batch = Array.from({ length: Math.min(BATCH, rows - from) }, (_, i) => insert('Item', item(from + i)))
    for (const { uuid } of await session.transact(schema, batch)) uuids.push(uuid)
  }
  return uuids
}

function item(i: number): Readonly<Record<string, never>> {
  return {
    name: `item${i}`,
    number: i,
    enabled: i % 3 === 0,
    tags: [`a${i % 10}`, `b${i % 7}`],
    external_ids: { 'iface-id': `pod-${i}`, 'attached-mac': `0a:00:00:00:${i % 90}:${i % 80}` },
    statistics: { rx_bytes: i * 1000, rx_packets: i, tx_bytes: i * 900, tx_packets: i },
  } as unknown as Readonly<Record<string, never>>
}

interface Loaded {
  /** Until the rows were there; the time that the server takes to write them is in it. */
  readonly seconds: number
  /** What the process itself computed. */
  readonly cpuSeconds: number
  readonly mib: number
}

/** A process that loads a replica. */
async function load(program: string, args: readonly string[], rows: number): Promise<Loaded> {
  const { stdout } = await run(program, args)
  const [held = 0, seconds = 0, kib = 0, cpuSeconds = 0] = stdout.trim().split(' ').map(Number)
  if (held !== rows) throw new BenchError(`${program} holds ${held} rows, not ${rows}`)
  return { seconds, cpuSeconds, mib: kib / 1024 }
}

const fastest = (loads: readonly Loaded[]): Loaded =>
  loads.reduce((best, next) => (next.seconds < best.seconds ? next : best))

/** Until the first byte of the reply comes: what the server needs before any client has something to do. */
async function serverSeconds(target: string): Promise<number> {
  const socket = connect(target.slice('unix:'.length))
  const tables = { Item: { columns: Object.keys(SCHEMA.tables.Item.columns) } }
  const began = performance.now()
  socket.write(JSON.stringify({ method: 'monitor_cond', params: ['bench', 'timed', tables], id: 1 }))
  await once(socket, 'readable')
  socket.destroy()
  return (performance.now() - began) / 1000
}

async function benchReplicas(report: Report, target: string, schema: string, rows: number): Promise<void> {
  const reader = fileURLToPath(new URL(`ovsdb-reader${extname(import.meta.filename)}`, import.meta.url))
  const [rounds, pythonRounds, serverRounds]: [Loaded[], Loaded[], number[]] = [[], [], []]
  // In turn, so that what else the machine does meets all alike.
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push(await load(process.execPath, [...process.execArgv, reader, target, 'Item'], rows))
    pythonRounds.push(await load('/usr/bin/python3', ['-c', PYTHON, target, schema], rows))
    serverRounds.push(await serverSeconds(target))
  }
  const [ours, python] = [fastest(rounds), fastest(pythonRounds)]
  report.put('ovsdb.rows', rows)
  report.put('ovsdb.replica_s', ours.seconds)
  report.put('ovsdb.replica_s.python', python.seconds)
  report.put('ovsdb.replica_s.server', Math.min(...serverRounds))
  report.put('ovsdb.replica.times_faster', python.seconds / ours.seconds, 1)
  report.put('ovsdb.replica_cpu_s', ours.cpuSeconds)
  report.put('ovsdb.replica_cpu_s.python', python.cpuSeconds)
  report.put('ovsdb.replica_cpu.times_less', python.cpuSeconds / ours.cpuSeconds, 1)
  report.put('ovsdb.replica_mib', ours.mib, 0)
  report.put('ovsdb.replica_mib.python', python.mib, 0)
}

async function benchTransactions(
  report: Report,
  session: Session,
  schema: DatabaseSchema<DynamicTypes>,
  uuids: readonly Uuid[],
  inFlight: number,
): Promise<void> {
  const { mutate } = operations(schema)
  let next = 0
  const began = performance.now()
  const worker = async (): Promise<void> => {
    while (next < TRANSACTIONS) {
      const uuid = uuids[next++ % uuids.length]
      if (uuid !== undefined) await session.transact(schema, [mutate('Item', [['_uuid', '==', uuid]], INCREMENT)])
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  report.put(`ovsdb.transactions_per_s.${inFlight}`, (1000 * TRANSACTIONS) / (performance.now() - began), 0)
}

/** Changes of rows that a replica tells of in a second, while a writer changes many in each transaction. */
async function benchEvents(
  report: Report,
  writer: Session,
  target: string,
  schema: DatabaseSchema<DynamicTypes>,
  uuids: readonly Uuid[],
): Promise<void> {
  const { mutate } = operations(schema)
  const reader = await Session.connect(target, { probeIntervalMs: 0 })
  const replica = await Replica.open(reader, schema, { tables: { Item: true } })
  let told = 0
  replica.on('change', (changes) => {
    told += changes.length
  })
  const began = performance.now()
  for (let round = 0; round < 100; round++) {
    const chosen = Array.from({ length: EVENT_ROWS }, (_, i) => uuids[(round * EVENT_ROWS + i) % uuids.length] as Uuid)
    await writer.transact(schema, chosen.map((uuid) => mutate('Item', [['_uuid', '==', uuid]], INCREMENT)))
  }
  await replica.until(() => told >= 100 * EVENT_ROWS)
  report.put('ovsdb.events_per_s', (1000 * told) / (performance.now() - began), 0)
  await reader.close()
}
