import type { Command } from '../command.js'
import { references } from '../database/transaction.js'
import type { Vswitch } from './state.js'
import { NONE, one, textOf } from './values.js'

/** What `get-ssl` prints, line by line. */
const SHOWN = [
  ['Private key', 'private_key'],
  ['Certificate', 'certificate'],
  ['CA Certificate', 'ca_cert'],
  ['Bootstrap', 'bootstrap_ca_cert'],
] as const

/** ovs-vsctl(8), "SSL Configuration". */
export const SSL_COMMANDS: readonly Command<Vswitch>[] = [
  {
    name: 'get-ssl',
    usage: '',
    summary: 'print the SSL configuration',
    min: 0,
    max: 0,
    prepare: (_invocation, needs) => {
      needs.columns('Open_vSwitch', ['ssl'])
      needs.columns('SSL', SHOWN.map(([, column]) => column))
    },
    run: (context) => {
      const { ovs, transaction } = context.state
      ovs.verify('ssl')
      for (const ssl of transaction.referenced(ovs, 'ssl')) {
        for (const [title, column] of SHOWN) {
          ssl.verify(column)
          context.print(`${title}: ${textOf(ssl, column)}`)
        }
      }
    },
  },
  {
    name: 'del-ssl',
    usage: '',
    summary: 'delete the SSL configuration',
    min: 0,
    max: 0,
    prepare: (_invocation, needs) => {
      needs.columns('Open_vSwitch', ['ssl'])
      needs.table('SSL')
    },
    run: ({ state: { ovs, transaction } }) => {
      const rows = transaction.referenced(ovs, 'ssl')
      if (rows.length === 0) return
      ovs.verify('ssl')
      for (const ssl of rows) transaction.delete(ssl)
      ovs.write('ssl', NONE)
    },
  },
  {
    name: 'set-ssl',
    usage: 'PRIVATE-KEY CERTIFICATE CA-CERT',
    summary: 'set the SSL configuration',
    min: 3,
    max: 3,
    options: ['--bootstrap'],
    prepare: (_invocation, needs) => {
      needs.columns('Open_vSwitch', ['ssl'])
      needs.table('SSL')
    },
    run: (context) => {
      const { ovs, transaction } = context.state
      ovs.verify('ssl')
      for (const ssl of transaction.referenced(ovs, 'ssl')) transaction.delete(ssl)
      const ssl = transaction.insert('SSL')
      ssl.write('private_key', one(context.arg(0)))
      ssl.write('certificate', one(context.arg(1)))
      ssl.write('ca_cert', one(context.arg(2)))
      ssl.write('bootstrap_ca_cert', one(context.has('--bootstrap')))
      ovs.write('ssl', references([ssl]))
    },
  },
]
