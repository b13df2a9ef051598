// Generated from vswitch.ovsschema (Open_vSwitch 8.3.1). Do not edit: change the schema and generate again.

import { defineSchema, type InsertOf, type RowBase, type Uuid } from 'ovsdb-client'

export interface AutoAttachRow extends RowBase<'AutoAttach'> {
  readonly mappings: ReadonlyMap<number, number>
  readonly system_description: string
  readonly system_name: string
}
export type AutoAttachInsert = InsertOf<AutoAttachRow>

export interface BridgeRow extends RowBase<'Bridge'> {
  readonly auto_attach: Uuid<'AutoAttach'> | null
  readonly controller: readonly Uuid<'Controller'>[]
  readonly datapath_id: string | null
  readonly datapath_type: string
  readonly datapath_version: string
  readonly external_ids: Readonly<Record<string, string>>
  readonly fail_mode: 'standalone' | 'secure' | null
  readonly flood_vlans: readonly number[]
  readonly flow_tables: ReadonlyMap<number, Uuid<'Flow_Table'>>
  readonly ipfix: Uuid<'IPFIX'> | null
  readonly mcast_snooping_enable: boolean
  readonly mirrors: readonly Uuid<'Mirror'>[]
  readonly name: string
  readonly netflow: Uuid<'NetFlow'> | null
  readonly other_config: Readonly<Record<string, string>>
  readonly ports: readonly Uuid<'Port'>[]
  readonly protocols: readonly ('OpenFlow10' | 'OpenFlow11' | 'OpenFlow12' | 'OpenFlow13' | 'OpenFlow14' | 'OpenFlow15')[]
  readonly rstp_enable: boolean
  readonly rstp_status: Readonly<Record<string, string>>
  readonly sflow: Uuid<'sFlow'> | null
  readonly status: Readonly<Record<string, string>>
  readonly stp_enable: boolean
}
export type BridgeInsert = InsertOf<BridgeRow>

export interface CTTimeoutPolicyRow extends RowBase<'CT_Timeout_Policy'> {
  readonly external_ids: Readonly<Record<string, string>>
  readonly timeouts: Readonly<Partial<Record<'tcp_syn_sent' | 'tcp_syn_recv' | 'tcp_established' | 'tcp_fin_wait' | 'tcp_close_wait' | 'tcp_last_ack' | 'tcp_time_wait' | 'tcp_close' | 'tcp_syn_sent2' | 'tcp_retransmit' | 'tcp_unack' | 'udp_first' | 'udp_single' | 'udp_multiple' | 'icmp_first' | 'icmp_reply', number>>>
}
export type CTTimeoutPolicyInsert = InsertOf<CTTimeoutPolicyRow>

export interface CTZoneRow extends RowBase<'CT_Zone'> {
  readonly external_ids: Readonly<Record<string, string>>
  readonly timeout_policy: Uuid<'CT_Timeout_Policy'> | null
}
export type CTZoneInsert = InsertOf<CTZoneRow>

export interface ControllerRow extends RowBase<'Controller'> {
  readonly connection_mode: 'in-band' | 'out-of-band' | null
  readonly controller_burst_limit: number | null
  readonly controller_queue_size: number | null
  readonly controller_rate_limit: number | null
  readonly enable_async_messages: boolean | null
  readonly external_ids: Readonly<Record<string, string>>
  readonly inactivity_probe: number | null
  readonly is_connected: boolean
  readonly local_gateway: string | null
  readonly local_ip: string | null
  readonly local_netmask: string | null
  readonly max_backoff: number | null
  readonly other_config: Readonly<Record<string, string>>
  readonly role: 'other' | 'master' | 'slave' | null
  readonly status: Readonly<Record<string, string>>
  readonly target: string
  readonly type: 'primary' | 'service' | null
}
export type ControllerInsert = InsertOf<ControllerRow>

export interface DatapathRow extends RowBase<'Datapath'> {
  readonly capabilities: Readonly<Record<string, string>>
  readonly ct_zones: ReadonlyMap<number, Uuid<'CT_Zone'>>
  readonly datapath_version: string
  readonly external_ids: Readonly<Record<string, string>>
}
export type DatapathInsert = InsertOf<DatapathRow>

export interface FlowSampleCollectorSetRow extends RowBase<'Flow_Sample_Collector_Set'> {
  readonly bridge: Uuid<'Bridge'>
  readonly external_ids: Readonly<Record<string, string>>
  readonly id: number
  readonly ipfix: Uuid<'IPFIX'> | null
}
export type FlowSampleCollectorSetInsert = InsertOf<FlowSampleCollectorSetRow>

export interface FlowTableRow extends RowBase<'Flow_Table'> {
  readonly external_ids: Readonly<Record<string, string>>
  readonly flow_limit: number | null
  readonly groups: readonly string[]
  readonly name: string | null
  readonly overflow_policy: 'refuse' | 'evict' | null
  readonly prefixes: readonly string[]
}
export type FlowTableInsert = InsertOf<FlowTableRow>

export interface IPFIXRow extends RowBase<'IPFIX'> {
  readonly cache_active_timeout: number | null
  readonly cache_max_flows: number | null
  readonly external_ids: Readonly<Record<string, string>>
  readonly obs_domain_id: number | null
  readonly obs_point_id: number | null
  readonly other_config: Readonly<Record<string, string>>
  readonly sampling: number | null
  readonly targets: readonly string[]
}
export type IPFIXInsert = InsertOf<IPFIXRow>

export interface InterfaceRow extends RowBase<'Interface'> {
  readonly admin_state: 'up' | 'down' | null
  readonly bfd: Readonly<Record<string, string>>
  readonly bfd_status: Readonly<Record<string, string>>
  readonly cfm_fault: boolean | null
  readonly cfm_fault_status: readonly string[]
  readonly cfm_flap_count: number | null
  readonly cfm_health: number | null
  readonly cfm_mpid: number | null
  readonly cfm_remote_mpids: readonly number[]
  readonly cfm_remote_opstate: 'up' | 'down' | null
  readonly duplex: 'half' | 'full' | null
  readonly error: string | null
  readonly external_ids: Readonly<Record<string, string>>
  readonly ifindex: number | null
  readonly ingress_policing_burst: number
  readonly ingress_policing_kpkts_burst: number
  readonly ingress_policing_kpkts_rate: number
  readonly ingress_policing_rate: number
  readonly lacp_current: boolean | null
  readonly link_resets: number | null
  readonly link_speed: number | null
  readonly link_state: 'up' | 'down' | null
  readonly lldp: Readonly<Record<string, string>>
  readonly mac: string | null
  readonly mac_in_use: string | null
  readonly mtu: number | null
  readonly mtu_request: number | null
  readonly name: string
  readonly ofport: number | null
  readonly ofport_request: number | null
  readonly options: Readonly<Record<string, string>>
  readonly other_config: Readonly<Record<string, string>>
  readonly statistics: Readonly<Record<string, number | bigint>>
  readonly status: Readonly<Record<string, string>>
  readonly type: string
}
export type InterfaceInsert = InsertOf<InterfaceRow>

export interface ManagerRow extends RowBase<'Manager'> {
  readonly connection_mode: 'in-band' | 'out-of-band' | null
  readonly external_ids: Readonly<Record<string, string>>
  readonly inactivity_probe: number | null
  readonly is_connected: boolean
  readonly max_backoff: number | null
  readonly other_config: Readonly<Record<string, string>>
  readonly status: Readonly<Record<string, string>>
  readonly target: string
}
export type ManagerInsert = InsertOf<ManagerRow>

export interface MirrorRow extends RowBase<'Mirror'> {
  readonly external_ids: Readonly<Record<string, string>>
  readonly name: string
  readonly output_port: Uuid<'Port'> | null
  readonly output_vlan: number | null
  readonly select_all: boolean
  readonly select_dst_port: readonly Uuid<'Port'>[]
  readonly select_src_port: readonly Uuid<'Port'>[]
  readonly select_vlan: readonly number[]
  readonly snaplen: number | null
  readonly statistics: Readonly<Record<string, number | bigint>>
}
export type MirrorInsert = InsertOf<MirrorRow>

export interface NetFlowRow extends RowBase<'NetFlow'> {
  readonly active_timeout: number
  readonly add_id_to_interface: boolean
  readonly engine_id: number | null
  readonly engine_type: number | null
  readonly external_ids: Readonly<Record<string, string>>
  readonly targets: readonly string[]
}
export type NetFlowInsert = InsertOf<NetFlowRow>

export interface OpenVSwitchRow extends RowBase<'Open_vSwitch'> {
  readonly bridges: readonly Uuid<'Bridge'>[]
  readonly cur_cfg: number
  readonly datapath_types: readonly string[]
  readonly datapaths: Readonly<Record<string, Uuid<'Datapath'>>>
  readonly db_version: string | null
  readonly dpdk_initialized: boolean
  readonly dpdk_version: string | null
  readonly external_ids: Readonly<Record<string, string>>
  readonly iface_types: readonly string[]
  readonly manager_options: readonly Uuid<'Manager'>[]
  readonly next_cfg: number
  readonly other_config: Readonly<Record<string, string>>
  readonly ovs_version: string | null
  readonly ssl: Uuid<'SSL'> | null
  readonly statistics: Readonly<Record<string, string>>
  readonly system_type: string | null
  readonly system_version: string | null
}
export type OpenVSwitchInsert = InsertOf<OpenVSwitchRow>

export interface PortRow extends RowBase<'Port'> {
  readonly bond_active_slave: string | null
  readonly bond_downdelay: number
  readonly bond_fake_iface: boolean
  readonly bond_mode: 'balance-tcp' | 'balance-slb' | 'active-backup' | null
  readonly bond_updelay: number
  readonly cvlans: readonly number[]
  readonly external_ids: Readonly<Record<string, string>>
  readonly fake_bridge: boolean
  readonly interfaces: readonly Uuid<'Interface'>[]
  readonly lacp: 'active' | 'passive' | 'off' | null
  readonly mac: string | null
  readonly name: string
  readonly other_config: Readonly<Record<string, string>>
  readonly protected: boolean
  readonly qos: Uuid<'QoS'> | null
  readonly rstp_statistics: Readonly<Record<string, number | bigint>>
  readonly rstp_status: Readonly<Record<string, string>>
  readonly statistics: Readonly<Record<string, number | bigint>>
  readonly status: Readonly<Record<string, string>>
  readonly tag: number | null
  readonly trunks: readonly number[]
  readonly vlan_mode: 'trunk' | 'access' | 'native-tagged' | 'native-untagged' | 'dot1q-tunnel' | null
}
export type PortInsert = InsertOf<PortRow>

export interface QoSRow extends RowBase<'QoS'> {
  readonly external_ids: Readonly<Record<string, string>>
  readonly other_config: Readonly<Record<string, string>>
  readonly queues: ReadonlyMap<number, Uuid<'Queue'>>
  readonly type: string
}
export type QoSInsert = InsertOf<QoSRow>

export interface QueueRow extends RowBase<'Queue'> {
  readonly dscp: number | null
  readonly external_ids: Readonly<Record<string, string>>
  readonly other_config: Readonly<Record<string, string>>
}
export type QueueInsert = InsertOf<QueueRow>

export interface SSLRow extends RowBase<'SSL'> {
  readonly bootstrap_ca_cert: boolean
  readonly ca_cert: string
  readonly certificate: string
  readonly external_ids: Readonly<Record<string, string>>
  readonly private_key: string
}
export type SSLInsert = InsertOf<SSLRow>

export interface SFlowRow extends RowBase<'sFlow'> {
  readonly agent: string | null
  readonly external_ids: Readonly<Record<string, string>>
  readonly header: number | null
  readonly polling: number | null
  readonly sampling: number | null
  readonly targets: readonly string[]
}
export type SFlowInsert = InsertOf<SFlowRow>

export type OpenVSwitchTables = {
  readonly AutoAttach: { readonly row: AutoAttachRow; readonly immutable: never }
  readonly Bridge: { readonly row: BridgeRow; readonly immutable: 'name' }
  readonly CT_Timeout_Policy: { readonly row: CTTimeoutPolicyRow; readonly immutable: never }
  readonly CT_Zone: { readonly row: CTZoneRow; readonly immutable: never }
  readonly Controller: { readonly row: ControllerRow; readonly immutable: never }
  readonly Datapath: { readonly row: DatapathRow; readonly immutable: never }
  readonly Flow_Sample_Collector_Set: { readonly row: FlowSampleCollectorSetRow; readonly immutable: never }
  readonly Flow_Table: { readonly row: FlowTableRow; readonly immutable: never }
  readonly IPFIX: { readonly row: IPFIXRow; readonly immutable: never }
  readonly Interface: { readonly row: InterfaceRow; readonly immutable: 'name' }
  readonly Manager: { readonly row: ManagerRow; readonly immutable: never }
  readonly Mirror: { readonly row: MirrorRow; readonly immutable: never }
  readonly NetFlow: { readonly row: NetFlowRow; readonly immutable: never }
  readonly Open_vSwitch: { readonly row: OpenVSwitchRow; readonly immutable: never }
  readonly Port: { readonly row: PortRow; readonly immutable: 'name' }
  readonly QoS: { readonly row: QoSRow; readonly immutable: never }
  readonly Queue: { readonly row: QueueRow; readonly immutable: never }
  readonly SSL: { readonly row: SSLRow; readonly immutable: never }
  readonly sFlow: { readonly row: SFlowRow; readonly immutable: never }
}

export const OpenVSwitch = defineSchema<OpenVSwitchTables>({
  name: 'Open_vSwitch',
  tables: {
    AutoAttach: {
      columns: {
        mappings: { type: { key: { maxInteger: 16777215, minInteger: 0, type: 'integer' }, max: 'unlimited', min: 0, value: { maxInteger: 4095, minInteger: 0, type: 'integer' } } },
        system_description: { type: 'string' },
        system_name: { type: 'string' },
      },
    },
    Bridge: {
      columns: {
        auto_attach: { type: { key: { refTable: 'AutoAttach', type: 'uuid' }, max: 1, min: 0 } },
        controller: { type: { key: { refTable: 'Controller', type: 'uuid' }, max: 'unlimited', min: 0 } },
        datapath_id: { ephemeral: true, type: { key: 'string', max: 1, min: 0 } },
        datapath_type: { type: 'string' },
        datapath_version: { type: 'string' },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        fail_mode: { type: { key: { enum: ['set', ['standalone', 'secure']], type: 'string' }, max: 1, min: 0 } },
        flood_vlans: { type: { key: { maxInteger: 4095, minInteger: 0, type: 'integer' }, max: 4096, min: 0 } },
        flow_tables: { type: { key: { maxInteger: 254, minInteger: 0, type: 'integer' }, max: 'unlimited', min: 0, value: { refTable: 'Flow_Table', type: 'uuid' } } },
        ipfix: { type: { key: { refTable: 'IPFIX', type: 'uuid' }, max: 1, min: 0 } },
        mcast_snooping_enable: { type: 'boolean' },
        mirrors: { type: { key: { refTable: 'Mirror', type: 'uuid' }, max: 'unlimited', min: 0 } },
        name: { mutable: false, type: 'string' },
        netflow: { type: { key: { refTable: 'NetFlow', type: 'uuid' }, max: 1, min: 0 } },
        other_config: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        ports: { type: { key: { refTable: 'Port', type: 'uuid' }, max: 'unlimited', min: 0 } },
        protocols: { type: { key: { enum: ['set', ['OpenFlow10', 'OpenFlow11', 'OpenFlow12', 'OpenFlow13', 'OpenFlow14', 'OpenFlow15']], type: 'string' }, max: 'unlimited', min: 0 } },
        rstp_enable: { type: 'boolean' },
        rstp_status: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        sflow: { type: { key: { refTable: 'sFlow', type: 'uuid' }, max: 1, min: 0 } },
        status: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        stp_enable: { type: 'boolean' },
      },
      indexes: [['name']],
    },
    CT_Timeout_Policy: {
      columns: {
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        timeouts: { type: { key: { enum: ['set', ['tcp_syn_sent', 'tcp_syn_recv', 'tcp_established', 'tcp_fin_wait', 'tcp_close_wait', 'tcp_last_ack', 'tcp_time_wait', 'tcp_close', 'tcp_syn_sent2', 'tcp_retransmit', 'tcp_unack', 'udp_first', 'udp_single', 'udp_multiple', 'icmp_first', 'icmp_reply']], type: 'string' }, max: 'unlimited', min: 0, value: { maxInteger: 4294967295, minInteger: 0, type: 'integer' } } },
      },
    },
    CT_Zone: {
      columns: {
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        timeout_policy: { type: { key: { refTable: 'CT_Timeout_Policy', type: 'uuid' }, max: 1, min: 0 } },
      },
    },
    Controller: {
      columns: {
        connection_mode: { type: { key: { enum: ['set', ['in-band', 'out-of-band']], type: 'string' }, max: 1, min: 0 } },
        controller_burst_limit: { type: { key: { minInteger: 25, type: 'integer' }, max: 1, min: 0 } },
        controller_queue_size: { type: { key: { maxInteger: 512, minInteger: 1, type: 'integer' }, max: 1, min: 0 } },
        controller_rate_limit: { type: { key: { minInteger: 100, type: 'integer' }, max: 1, min: 0 } },
        enable_async_messages: { type: { key: { type: 'boolean' }, max: 1, min: 0 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        inactivity_probe: { type: { key: 'integer', max: 1, min: 0 } },
        is_connected: { ephemeral: true, type: 'boolean' },
        local_gateway: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        local_ip: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        local_netmask: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        max_backoff: { type: { key: { minInteger: 1000, type: 'integer' }, max: 1, min: 0 } },
        other_config: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        role: { ephemeral: true, type: { key: { enum: ['set', ['other', 'master', 'slave']], type: 'string' }, max: 1, min: 0 } },
        status: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        target: { type: 'string' },
        type: { type: { key: { enum: ['set', ['primary', 'service']], type: 'string' }, max: 1, min: 0 } },
      },
    },
    Datapath: {
      columns: {
        capabilities: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        ct_zones: { type: { key: { maxInteger: 65535, minInteger: 0, type: 'integer' }, max: 'unlimited', min: 0, value: { refTable: 'CT_Zone', type: 'uuid' } } },
        datapath_version: { type: 'string' },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
      },
    },
    Flow_Sample_Collector_Set: {
      columns: {
        bridge: { type: { key: { refTable: 'Bridge', type: 'uuid' }, max: 1, min: 1 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        id: { type: { key: { maxInteger: 4294967295, minInteger: 0, type: 'integer' }, max: 1, min: 1 } },
        ipfix: { type: { key: { refTable: 'IPFIX', type: 'uuid' }, max: 1, min: 0 } },
      },
      indexes: [['id', 'bridge']],
      isRoot: true,
    },
    Flow_Table: {
      columns: {
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        flow_limit: { type: { key: { minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        groups: { type: { key: 'string', max: 'unlimited', min: 0 } },
        name: { type: { key: 'string', max: 1, min: 0 } },
        overflow_policy: { type: { key: { enum: ['set', ['refuse', 'evict']], type: 'string' }, max: 1, min: 0 } },
        prefixes: { type: { key: 'string', max: 3, min: 0 } },
      },
    },
    IPFIX: {
      columns: {
        cache_active_timeout: { type: { key: { maxInteger: 4200, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        cache_max_flows: { type: { key: { maxInteger: 4294967295, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        obs_domain_id: { type: { key: { maxInteger: 4294967295, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        obs_point_id: { type: { key: { maxInteger: 4294967295, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        other_config: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        sampling: { type: { key: { maxInteger: 4294967295, minInteger: 1, type: 'integer' }, max: 1, min: 0 } },
        targets: { type: { key: 'string', max: 'unlimited', min: 0 } },
      },
    },
    Interface: {
      columns: {
        admin_state: { ephemeral: true, type: { key: { enum: ['set', ['up', 'down']], type: 'string' }, max: 1, min: 0 } },
        bfd: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        bfd_status: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        cfm_fault: { ephemeral: true, type: { key: { type: 'boolean' }, max: 1, min: 0 } },
        cfm_fault_status: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0 } },
        cfm_flap_count: { type: { key: { type: 'integer' }, max: 1, min: 0 } },
        cfm_health: { ephemeral: true, type: { key: { maxInteger: 100, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        cfm_mpid: { type: { key: { type: 'integer' }, max: 1, min: 0 } },
        cfm_remote_mpids: { ephemeral: true, type: { key: { type: 'integer' }, max: 'unlimited', min: 0 } },
        cfm_remote_opstate: { ephemeral: true, type: { key: { enum: ['set', ['up', 'down']], type: 'string' }, max: 1, min: 0 } },
        duplex: { ephemeral: true, type: { key: { enum: ['set', ['half', 'full']], type: 'string' }, max: 1, min: 0 } },
        error: { type: { key: 'string', max: 1, min: 0 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        ifindex: { ephemeral: true, type: { key: { maxInteger: 4294967295, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        ingress_policing_burst: { type: { key: { minInteger: 0, type: 'integer' } } },
        ingress_policing_kpkts_burst: { type: { key: { minInteger: 0, type: 'integer' } } },
        ingress_policing_kpkts_rate: { type: { key: { minInteger: 0, type: 'integer' } } },
        ingress_policing_rate: { type: { key: { minInteger: 0, type: 'integer' } } },
        lacp_current: { ephemeral: true, type: { key: { type: 'boolean' }, max: 1, min: 0 } },
        link_resets: { ephemeral: true, type: { key: { type: 'integer' }, max: 1, min: 0 } },
        link_speed: { ephemeral: true, type: { key: 'integer', max: 1, min: 0 } },
        link_state: { ephemeral: true, type: { key: { enum: ['set', ['up', 'down']], type: 'string' }, max: 1, min: 0 } },
        lldp: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        mac: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        mac_in_use: { ephemeral: true, type: { key: { type: 'string' }, max: 1, min: 0 } },
        mtu: { ephemeral: true, type: { key: 'integer', max: 1, min: 0 } },
        mtu_request: { type: { key: { minInteger: 1, type: 'integer' }, max: 1, min: 0 } },
        name: { mutable: false, type: 'string' },
        ofport: { type: { key: 'integer', max: 1, min: 0 } },
        ofport_request: { type: { key: { maxInteger: 65279, minInteger: 1, type: 'integer' }, max: 1, min: 0 } },
        options: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        other_config: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        statistics: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'integer' } },
        status: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        type: { type: 'string' },
      },
      indexes: [['name']],
    },
    Manager: {
      columns: {
        connection_mode: { type: { key: { enum: ['set', ['in-band', 'out-of-band']], type: 'string' }, max: 1, min: 0 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        inactivity_probe: { type: { key: 'integer', max: 1, min: 0 } },
        is_connected: { ephemeral: true, type: 'boolean' },
        max_backoff: { type: { key: { minInteger: 1000, type: 'integer' }, max: 1, min: 0 } },
        other_config: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        status: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        target: { type: 'string' },
      },
      indexes: [['target']],
    },
    Mirror: {
      columns: {
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        name: { type: 'string' },
        output_port: { type: { key: { refTable: 'Port', refType: 'weak', type: 'uuid' }, max: 1, min: 0 } },
        output_vlan: { type: { key: { maxInteger: 4095, minInteger: 1, type: 'integer' }, max: 1, min: 0 } },
        select_all: { type: 'boolean' },
        select_dst_port: { type: { key: { refTable: 'Port', refType: 'weak', type: 'uuid' }, max: 'unlimited', min: 0 } },
        select_src_port: { type: { key: { refTable: 'Port', refType: 'weak', type: 'uuid' }, max: 'unlimited', min: 0 } },
        select_vlan: { type: { key: { maxInteger: 4095, minInteger: 0, type: 'integer' }, max: 4096, min: 0 } },
        snaplen: { type: { key: { maxInteger: 65535, minInteger: 14, type: 'integer' }, max: 1, min: 0 } },
        statistics: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'integer' } },
      },
    },
    NetFlow: {
      columns: {
        active_timeout: { type: { key: { minInteger: -1, type: 'integer' } } },
        add_id_to_interface: { type: 'boolean' },
        engine_id: { type: { key: { maxInteger: 255, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        engine_type: { type: { key: { maxInteger: 255, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        targets: { type: { key: { type: 'string' }, max: 'unlimited', min: 1 } },
      },
    },
    Open_vSwitch: {
      columns: {
        bridges: { type: { key: { refTable: 'Bridge', type: 'uuid' }, max: 'unlimited', min: 0 } },
        cur_cfg: { type: 'integer' },
        datapath_types: { type: { key: { type: 'string' }, max: 'unlimited', min: 0 } },
        datapaths: { type: { key: { type: 'string' }, max: 'unlimited', min: 0, value: { refTable: 'Datapath', type: 'uuid' } } },
        db_version: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        dpdk_initialized: { type: 'boolean' },
        dpdk_version: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        iface_types: { type: { key: { type: 'string' }, max: 'unlimited', min: 0 } },
        manager_options: { type: { key: { refTable: 'Manager', type: 'uuid' }, max: 'unlimited', min: 0 } },
        next_cfg: { type: 'integer' },
        other_config: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        ovs_version: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        ssl: { type: { key: { refTable: 'SSL', type: 'uuid' }, max: 1, min: 0 } },
        statistics: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        system_type: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        system_version: { type: { key: { type: 'string' }, max: 1, min: 0 } },
      },
      isRoot: true,
      maxRows: 1,
    },
    Port: {
      columns: {
        bond_active_slave: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        bond_downdelay: { type: 'integer' },
        bond_fake_iface: { type: 'boolean' },
        bond_mode: { type: { key: { enum: ['set', ['balance-tcp', 'balance-slb', 'active-backup']], type: 'string' }, max: 1, min: 0 } },
        bond_updelay: { type: 'integer' },
        cvlans: { type: { key: { maxInteger: 4095, minInteger: 0, type: 'integer' }, max: 4096, min: 0 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        fake_bridge: { type: 'boolean' },
        interfaces: { type: { key: { refTable: 'Interface', type: 'uuid' }, max: 'unlimited', min: 1 } },
        lacp: { type: { key: { enum: ['set', ['active', 'passive', 'off']], type: 'string' }, max: 1, min: 0 } },
        mac: { type: { key: { type: 'string' }, max: 1, min: 0 } },
        name: { mutable: false, type: 'string' },
        other_config: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        protected: { type: 'boolean' },
        qos: { type: { key: { refTable: 'QoS', type: 'uuid' }, max: 1, min: 0 } },
        rstp_statistics: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'integer' } },
        rstp_status: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        statistics: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'integer' } },
        status: { ephemeral: true, type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        tag: { type: { key: { maxInteger: 4095, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        trunks: { type: { key: { maxInteger: 4095, minInteger: 0, type: 'integer' }, max: 4096, min: 0 } },
        vlan_mode: { type: { key: { enum: ['set', ['trunk', 'access', 'native-tagged', 'native-untagged', 'dot1q-tunnel']], type: 'string' }, max: 1, min: 0 } },
      },
      indexes: [['name']],
    },
    QoS: {
      columns: {
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        other_config: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        queues: { type: { key: { maxInteger: 4294967295, minInteger: 0, type: 'integer' }, max: 'unlimited', min: 0, value: { refTable: 'Queue', type: 'uuid' } } },
        type: { type: 'string' },
      },
      isRoot: true,
    },
    Queue: {
      columns: {
        dscp: { type: { key: { maxInteger: 63, minInteger: 0, type: 'integer' }, max: 1, min: 0 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        other_config: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
      },
      isRoot: true,
    },
    SSL: {
      columns: {
        bootstrap_ca_cert: { type: 'boolean' },
        ca_cert: { type: 'string' },
        certificate: { type: 'string' },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        private_key: { type: 'string' },
      },
      maxRows: 1,
    },
    sFlow: {
      columns: {
        agent: { type: { key: 'string', max: 1, min: 0 } },
        external_ids: { type: { key: 'string', max: 'unlimited', min: 0, value: 'string' } },
        header: { type: { key: 'integer', max: 1, min: 0 } },
        polling: { type: { key: 'integer', max: 1, min: 0 } },
        sampling: { type: { key: 'integer', max: 1, min: 0 } },
        targets: { type: { key: 'string', max: 'unlimited', min: 1 } },
      },
    },
  },
  version: '8.3.1',
})
