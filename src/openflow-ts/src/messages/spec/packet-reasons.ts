/** Why a packet comes to the controller (OFPR_*), by the names of OpenFlow 1.4+ (`no_match` is a table miss). */
export const PACKET_IN_REASONS = {
  no_match: 0,
  action: 1,
  invalid_ttl: 2,
  action_set: 3,
  group: 4,
  packet_out: 5,
} as const
export type PacketInReason = keyof typeof PACKET_IN_REASONS
