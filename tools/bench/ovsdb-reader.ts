/**
 * A process that holds a replica of all rows of a table: prints how many, the seconds that it took, the
 * most memory that it had in KiB, and its CPU seconds.
 */
import { Replica, Session } from 'ovsdb-client'

const [target = '', table = ''] = process.argv.slice(2)
const began = performance.now()
const session = await Session.connect(target, { probeIntervalMs: 0 })
const schema = await session.getSchema('bench')
const replica = await Replica.open(session, schema, { tables: { [table]: true } })
const seconds = (performance.now() - began) / 1000
const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
console.log(`${replica.count(table)} ${seconds} ${maxRSS} ${(userCPUTime + systemCPUTime) / 1e6}`)
await session.close()
