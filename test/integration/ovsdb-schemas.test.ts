import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import {
  canonicalJson,
  generateTypes,
  parseExact,
  parseSchema,
  Replica,
  schemaToJson,
  Session,
  type JsonObject,
} from 'ovsdb-client'
import { OpenVSwitch } from '../../schemas/vswitch.gen.js'
import { TestServer, VSWITCH_SCHEMA } from './ovsdb-support.js'

/** The schema of Debian's openvswitch-vtep 3.1.0. */
const VTEP_SCHEMA = join(import.meta.dirname, '../fixtures/vtep.ovsschema')
const read = (path: string): JsonObject => parseExact(readFileSync(path, 'utf8')) as JsonObject

describe('ovsdb-client and the schemas of ovsdb-server', () => {
  for (const [name, path] of [['hardware_vtep', VTEP_SCHEMA], ['Open_vSwitch', VSWITCH_SCHEMA]] as const) {
    it(`writes ${name} as the server does`, async () => {
      const server = await TestServer.start({ schema: path })
      try {
        const session = await Session.connect(server.target)
        const theirs = await session.getSchemaJson(name)
        await session.close()
        assert.equal(canonicalJson(schemaToJson(parseSchema(read(path), { strict: true }))), canonicalJson(theirs))
      } finally {
        await server.stop()
      }
    })
  }

  it('gives code of hardware_vtep that compiles, and the same code each time', () => {
    const json = read(VTEP_SCHEMA)
    const code = generateTypes(json, { source: 'vtep.ovsschema' })
    const shuffled = Object.fromEntries(Object.entries(json).reverse())
    assert.equal(generateTypes(shuffled, { source: 'vtep.ovsschema' }), code)
    const compilerOptions = { target: ts.ScriptTarget.ES2022 }
    assert.deepEqual(ts.transpileModule(code, { reportDiagnostics: true, compilerOptions }).diagnostics, [])
    assert.match(code, /^export interface PhysicalLocatorRow extends RowBase<'Physical_Locator'> \{$/m)
    assert.match(code, /^ {2}readonly vlan_bindings: ReadonlyMap<number, Uuid<'Logical_Switch'>>$/m)
    assert.match(code, /^ {2}readonly encapsulation_type: 'vxlan_over_ipv4'$/m)
  })

  it('converts a database, and is told that its monitors are over', async () => {
    const server = await TestServer.start()
    try {
      const session = await Session.connect(server.target)
      await session.setDbChangeAware(true)
      const replica = await Replica.open(session, OpenVSwitch, { tables: { Bridge: ['name'] } })
      const closed = new Promise<void>((resolve) => {
        replica.once('close', () => {
          resolve()
        })
      })
      await session.convert('Open_vSwitch', { ...(await session.getSchemaJson('Open_vSwitch')), version: '99.0.0' })
      await closed
      assert.equal((await session.getSchema('Open_vSwitch')).version, '99.0.0')
      assert.match(await session.getServerId(), /^[0-9a-f-]{36}$/)
      await session.close()
    } finally {
      await server.stop()
    }
  })
})
