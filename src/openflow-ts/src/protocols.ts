/**
 * Protocols: a version of OpenFlow, and for 1.0 whether matches are NXM and whether flow-mods name their table. A set of
 * them is a number, the sum of its members. Values and names are OFPUTIL_P_* of OVS.
 */
export type Protocols = number

const OF10_STD = 1 << 0
const OF10_STD_TID = 1 << 1
const OF10_NXM = 1 << 2
const OF10_NXM_TID = 1 << 3
const OF11_STD = 1 << 4
const OF12_OXM = 1 << 5
const OF13_OXM = 1 << 6
const OF14_OXM = 1 << 7
const OF15_OXM = 1 << 8

const OF10_ANY = OF10_STD | OF10_STD_TID | OF10_NXM | OF10_NXM_TID
const OF15_UP = OF15_OXM
const OF14_UP = OF14_OXM | OF15_UP
const OF13_UP = OF13_OXM | OF14_UP
const OF12_UP = OF12_OXM | OF13_UP
const OF11_UP = OF11_STD | OF12_UP

export const PROTOCOLS = {
  NONE: 0,
  OF10_STD,
  OF10_STD_TID,
  OF10_NXM,
  OF10_NXM_TID,
  OF11_STD,
  OF12_OXM,
  OF13_OXM,
  OF14_OXM,
  OF15_OXM,
  OF10_ANY,
  OF10_NXM_ANY: OF10_NXM | OF10_NXM_TID,
  OF11_UP,
  OF12_UP,
  OF13_UP,
  OF14_UP,
  OF15_UP,
  NXM_OXM_ANY: OF10_NXM | OF10_NXM_TID | OF12_UP,
  NXM_OF11_UP: OF10_NXM | OF10_NXM_TID | OF11_UP,
  ANY: OF10_ANY | OF11_UP,
} as const
