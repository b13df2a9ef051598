import assert from 'node:assert/strict'
import { operations, ref, type Replica, type TypesOf, type Uuid } from 'ovsdb-client'
import { OpenVSwitch } from '../../../schemas/vswitch.gen.js'

const { insert, update, mutate, select, wait, delete: remove } = operations(OpenVSwitch)
const port = '00000000-0000-0000-0000-000000000001' as Uuid<'Port'>
const bridge = '00000000-0000-0000-0000-000000000002' as Uuid<'Bridge'>

// What must not compile is checked by tsc: an @ts-expect-error without an error is one itself.
describe('types and notation of operations', () => {
  it('insert', () => {
    assert.deepEqual(insert('Bridge', { name: 'b', ports: [port, ref('p')], stp_enable: undefined }, 'br').wire, {
      'op': 'insert',
      'table': 'Bridge',
      'row': {
        name: 'b',
        ports: [
          'set',
          [
            ['uuid', port],
            ['named-uuid', 'p'],
          ],
        ],
      },
      'uuid-name': 'br',
    })
    // @ts-expect-error: a reference into another table
    insert('Bridge', { ports: [bridge] })
    // @ts-expect-error: not in the enum
    assert.throws(() => insert('Bridge', { fail_mode: 'open' }), { code: 'OVSDB_VALUE', path: 'Bridge.fail_mode' })
    // @ts-expect-error: no such column
    assert.throws(() => insert('Bridge', { nope: 1 }), { code: 'OVSDB_VALUE', path: 'Bridge.nope' })
    // @ts-expect-error: no such table
    assert.throws(() => insert('Nope', {}), { code: 'OVSDB_VALUE', path: 'Nope' })
    assert.throws(() => insert('Bridge', {}, '1x'), { code: 'OVSDB_VALUE', path: 'uuidName' })
  })

  it('update', () => {
    assert.deepEqual(update('Port', [['_uuid', '==', port]], { tag: 5, qos: null }).wire, {
      op: 'update',
      table: 'Port',
      where: [['_uuid', '==', ['uuid', port]]],
      row: { tag: 5, qos: ['set', []] },
    })
    // @ts-expect-error: a name cannot change
    update('Port', [], { name: 'x' })
    // @ts-expect-error: a bridge's UUID
    update('Port', [['_uuid', '==', bridge]], {})
  })

  it('mutate', () => {
    const { wire } = mutate(
      'Bridge',
      [true],
      [
        ['ports', 'insert', [ref('p')]],
        ['ports', 'delete', port],
        ['external_ids', 'insert', { a: '1' }],
        ['external_ids', 'delete', { b: '2' }],
        ['external_ids', 'delete', ['c']],
        ['flow_tables', 'delete', [1]],
      ],
    )
    assert.deepEqual(wire['where'], [true])
    assert.deepEqual(wire['mutations'], [
      ['ports', 'insert', ['set', [['named-uuid', 'p']]]],
      ['ports', 'delete', ['set', [['uuid', port]]]],
      ['external_ids', 'insert', ['map', [['a', '1']]]],
      ['external_ids', 'delete', ['map', [['b', '2']]]],
      ['external_ids', 'delete', ['set', ['c']]],
      ['flow_tables', 'delete', ['set', [1]]],
    ])
    assert.deepEqual(mutate('Open_vSwitch', [], [['next_cfg', '+=', 1]]).wire['mutations'], [['next_cfg', '+=', 1]])
    // @ts-expect-error: arithmetic on a set
    assert.throws(() => mutate('Bridge', [], [['ports', '+=', 'x']]), { code: 'OVSDB_VALUE' })
    // @ts-expect-error: no such mutator
    assert.throws(() => mutate('Open_vSwitch', [], [['next_cfg', '^=', 1]]), { code: 'OVSDB_VALUE' })
  })

  it('select, delete and wait', () => {
    assert.deepEqual(
      select(
        'Port',
        [
          ['tag', '>', 5],
          ['trunks', 'includes', [1, 2]],
        ],
        ['name'],
      ).wire,
      {
        op: 'select',
        table: 'Port',
        where: [
          ['tag', '>', 5],
          ['trunks', 'includes', ['set', [1, 2]]],
        ],
        columns: ['_uuid', 'name'],
      },
    )
    assert.deepEqual(remove('QoS', [['external_ids', 'includes', { a: 'b' }]]).wire['where'], [
      ['external_ids', 'includes', ['map', [['a', 'b']]]],
    ])
    assert.deepEqual(wait('Port', [], ['tag'], '!=', [{ tag: null }], 0).wire, {
      op: 'wait',
      table: 'Port',
      where: [],
      columns: ['tag'],
      until: '!=',
      rows: [{ tag: ['set', []] }],
      timeout: 0,
    })
    assert.throws(() => wait('Port', [], ['tag'], '==', [], -1), { code: 'OVSDB_VALUE', path: 'timeoutMs' })
    // @ts-expect-error: no such column
    assert.throws(() => select('Port', [], ['nope']), { code: 'OVSDB_VALUE' })
    // @ts-expect-error: no such function
    assert.throws(() => remove('Port', [['tag', '=', 5]]), { code: 'OVSDB_VALUE', path: 'Port.tag' })
  })

  it('rows of a replica have the columns selected', () => {
    type Selected = Replica<TypesOf<typeof OpenVSwitch>, { readonly Bridge: readonly ['name']; readonly Port: true }>
    const read = (replica: Selected): unknown => {
      // @ts-expect-error: not selected
      assert.equal(replica.find('Bridge', 'name', 'x')?.ports, undefined)
      // @ts-expect-error: not held
      replica.count('Interface')
      // @ts-expect-error: another table's UUID
      replica.get('Port', bridge)
      return replica.get('Port', port)?.tag
    }
    assert.equal(typeof read, 'function')
  })
})
