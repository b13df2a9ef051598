import type { DatabaseDescription } from '../database/commands.js'
import type { RecordIds } from '../database/records.js'

const named = (table: string, name = 'name'): RecordIds => ({ [table]: [{ table, name }] })
const byBridge = (table: string, reference: string): RecordIds => ({ [table]: [{ table: 'Bridge', name: 'name', reference }] })

/** How rows of the database Open_vSwitch are named and shown. */
export const VSWITCH: DatabaseDescription = {
  ids: {
    ...byBridge('AutoAttach', 'auto_attach'),
    ...named('Bridge'),
    ...byBridge('Controller', 'controller'),
    ...named('Flow_Sample_Collector_Set', 'id'),
    ...named('Flow_Table'),
    ...byBridge('IPFIX', 'ipfix'),
    ...named('Interface'),
    ...named('Manager', 'target'),
    ...named('Mirror'),
    ...byBridge('NetFlow', 'netflow'),
    ...named('Port'),
    QoS: [{ table: 'Port', name: 'name', reference: 'qos' }],
    ...byBridge('sFlow', 'sflow'),
  },
  show: [
    { table: 'Open_vSwitch', columns: ['manager_options', 'bridges', 'ovs_version'] },
    { table: 'Bridge', name: 'name', columns: ['controller', 'datapath_type', 'fail_mode', 'ports'] },
    { table: 'Port', name: 'name', columns: ['tag', 'trunks', 'interfaces'] },
    { table: 'Interface', name: 'name', columns: ['type', 'options', 'error'] },
    { table: 'Controller', name: 'target', columns: ['is_connected'] },
    { table: 'Manager', name: 'target', columns: ['is_connected'] },
  ],
}
