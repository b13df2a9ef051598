const DEFAULT_RUNDIR = '/var/run/openvswitch'

/** Where the sockets and pidfiles of Open vSwitch's programs are. */
export const runDirectory = (): string => process.env['OVS_RUNDIR'] ?? DEFAULT_RUNDIR
