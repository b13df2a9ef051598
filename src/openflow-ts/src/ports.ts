/** Reserved port numbers, OpenFlow 1.1+ (OFPP_*). */
export const PORTS = {
  MAX: 0xffffff00,
  UNSET: 0xfffffff7,
  IN_PORT: 0xfffffff8,
  TABLE: 0xfffffff9,
  NORMAL: 0xfffffffa,
  FLOOD: 0xfffffffb,
  ALL: 0xfffffffc,
  CONTROLLER: 0xfffffffd,
  LOCAL: 0xfffffffe,
  ANY: 0xffffffff,
  NONE: 0xffffffff,
} as const

/** Where the reserved ports begin in 16 bits; in 32 bits they are the last ones, too. */
export const FIRST_RESERVED_16 = 0xff00

/** Whether a port of 32 bits has a counterpart of 16: OVS has no others. */
export const isPort = (port: number): boolean => port < FIRST_RESERVED_16 || port >= PORTS.MAX

/** A 16-bit port number of OpenFlow 1.0 as one of 32 bits. */
export const widenPort = (port: number): number => (port >= FIRST_RESERVED_16 ? port + 0xffff0000 : port)
