/** OpenFlow wire versions that this library speaks (the `version` byte of the header). */
export const OF10 = 0x01
export const OF11 = 0x02
export const OF12 = 0x03
export const OF13 = 0x04
export const OF14 = 0x05
export const OF15 = 0x06

export type OfVersion = typeof OF10 | typeof OF11 | typeof OF12 | typeof OF13 | typeof OF14 | typeof OF15

/** Names as `ovs-ofctl -O` spells them. */
export const VERSION_NAMES: Readonly<Record<OfVersion, string>> = {
  [OF10]: 'OpenFlow10',
  [OF11]: 'OpenFlow11',
  [OF12]: 'OpenFlow12',
  [OF13]: 'OpenFlow13',
  [OF14]: 'OpenFlow14',
  [OF15]: 'OpenFlow15',
}
