/** The schema of Open vSwitch's tests of its replica (tests/idltest.ovsschema, Apache-2.0). */
import type { Json } from 'ovsdb-client'

export const IDLTEST: Json = {
  name: 'idltest',
  version: '1.2.3',
  tables: {
    link1: {
      columns: {
        i: { type: 'integer' },
        k: { type: { key: { type: 'uuid', refTable: 'link1' } } },
        ka: { type: { key: { type: 'uuid', refTable: 'link1' }, max: 'unlimited', min: 0 } },
        l2: { type: { key: { type: 'uuid', refTable: 'link2' }, min: 0 } },
      },
      isRoot: true,
    },
    link2: {
      columns: {
        i: { type: 'integer' },
        l1: { type: { key: { type: 'uuid', refTable: 'link1' }, min: 0 } },
      },
      isRoot: true,
    },
    indexed: {
      columns: {
        i: { type: 'integer' },
      },
      indexes: [['i']],
      isRoot: true,
    },
    simple: {
      columns: {
        b: { type: 'boolean' },
        ba: { type: { key: 'boolean', max: 1, min: 0 } },
        i: { type: 'integer' },
        ia: { type: { key: 'integer', max: 'unlimited', min: 0 } },
        r: { type: 'real' },
        ra: { type: { key: 'real', max: 'unlimited', min: 0 } },
        s: { type: 'string' },
        sa: { type: { key: 'string', max: 'unlimited', min: 0 } },
        u: { type: 'uuid' },
        ua: { type: { key: 'uuid', max: 'unlimited', min: 0 } },
      },
      isRoot: true,
    },
    simple2: {
      columns: {
        name: { type: 'string' },
        smap: { type: { key: 'string', value: 'string', min: 0, max: 'unlimited' } },
        imap: { type: { key: { type: 'integer', minInteger: 0, maxInteger: 4095 }, value: { type: 'string' }, min: 0, max: 'unlimited' } },
      },
      isRoot: true,
    },
    simple3: {
      columns: {
        name: { type: 'string' },
        uset: { type: { key: { type: 'uuid' }, min: 0, max: 'unlimited' } },
        uref: { type: { key: { type: 'uuid', refTable: 'simple4', refType: 'strong' }, min: 0, max: 'unlimited' } },
      },
      isRoot: true,
    },
    simple4: {
      columns: {
        name: { type: 'string' },
      },
      isRoot: false,
    },
    simple5: {
      columns: {
        name: { type: 'string' },
        irefmap: { type: { key: { type: 'integer' }, value: { type: 'uuid', refTable: 'simple3' }, min: 0, max: 'unlimited' } },
      },
      isRoot: true,
    },
    simple6: {
      columns: {
        name: { type: 'string' },
        weak_ref: { type: { key: { type: 'uuid', refTable: 'simple', refType: 'weak' }, min: 0, max: 'unlimited' } },
      },
      isRoot: true,
    },
    simple7: {
      columns: {
        name: { type: 'string' },
        id: { type: 'string' },
      },
      isRoot: true,
    },
    singleton: {
      columns: {
        name: { type: 'string' },
      },
      isRoot: true,
      maxRows: 1,
    },
  },
}
