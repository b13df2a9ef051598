import { DecodeError } from '../../errors.js'
import { isPort, widenPort } from '../../ports.js'
import { OF10 } from '../../version.js'
import { type Layout, u16, u32 } from '../layout.js'

/** OVS has no ports between those of OpenFlow 1.0 and the reserved ones. */
export function checkPort(port: number, offset: number): void {
  if (isPort(port)) return
  throw new DecodeError(`port ${port} is out of range`, { offset, reply: 'OFPBAC_BAD_OUT_PORT' })
}

/** A port: 16 bits in OpenFlow 1.0, 32 since. Reserved ports have the numbers of 1.1+ in either. */
export const portNumber: Layout<number> = {
  write(w, value, scope) {
    if (scope.version === OF10) u16.write(w, value & 0xffff, scope)
    else u32.write(w, value, scope)
  },
  read(r, scope) {
    if (scope.version === OF10) return widenPort(u16.read(r, scope))
    const { offset } = r
    const port = u32.read(r, scope)
    checkPort(port, offset)
    return port
  },
}
