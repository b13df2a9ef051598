import { setTimeout as sleep } from 'node:timers/promises'
import { formatQuantity } from '../../src/model/quantity.js'
import type { Client } from './client.js'
import { EXIT, type Io } from './io.js'
import { formatTable } from './table.js'

/** `heddle top`: who sends and receives how much, and what is dropped for it. */

export const TOP_COLUMNS = ['total', 'sent', 'received', 'packets', 'dropped', 'name'] as const
type TopColumn = (typeof TOP_COLUMNS)[number]

export interface TopOptions {
  readonly sort: TopColumn
  readonly lines: number
  readonly once?: boolean
  readonly tenant?: string
}

interface Pod {
  readonly pod: string
  readonly host: string
  readonly rates: {
    readonly sentBits: number
    readonly sentPackets: number
    readonly receivedBits: number
    readonly receivedPackets: number
    readonly dropped: number
  }
}

const REFRESH_MS = 2_000
/** Clears the terminal and goes to its upper left corner. */
const CLEAR = '\x1b[2J\x1b[H'

export async function top(client: Client, options: TopOptions, io: Io): Promise<number> {
  for (;;) {
    const { body } = await client.request<{ readonly pods: readonly Pod[] }>('GET', '/v1/traffic')
    const table = topTable(body.pods, options)
    if (options.once === true) {
      io.out(table)
      return EXIT.ok
    }
    io.out(CLEAR + table)
    await sleep(REFRESH_MS)
  }
}

const WEIGHT: Readonly<Record<Exclude<TopColumn, 'name'>, (rates: Pod['rates']) => number>> = {
  total: ({ sentBits, receivedBits }) => sentBits + receivedBits,
  sent: ({ sentBits }) => sentBits,
  received: ({ receivedBits }) => receivedBits,
  packets: ({ sentPackets, receivedPackets }) => sentPackets + receivedPackets,
  dropped: ({ dropped }) => dropped,
}

/** Bars are as long as the largest of what is shown allows. */
export function topTable(pods: readonly Pod[], { sort, lines, tenant }: TopOptions): string {
  const own = pods.filter(({ pod }) => tenant === undefined || pod.startsWith(`${tenant}/`))
  const byName = own.toSorted((a, b) => (a.pod < b.pod ? -1 : 1))
  const sorted = sort === 'name' ? byName : byName.toSorted((a, b) => WEIGHT[sort](b.rates) - WEIGHT[sort](a.rates))
  const shown = sorted.slice(0, lines)
  const most = Math.max(1, ...shown.flatMap(({ rates }) => [rates.sentBits, rates.receivedBits]))
  return formatTable([
    ['POD', 'HOST', 'SENT', '', 'RECEIVED', '', 'PACKETS/S', 'DROPPED/S'],
    ...shown.map(({ pod, host, rates }) => [
      pod,
      host,
      bits(rates.sentBits),
      bar(rates.sentBits / most),
      bits(rates.receivedBits),
      bar(rates.receivedBits / most),
      String(Math.round(rates.sentPackets + rates.receivedPackets)),
      String(Math.round(rates.dropped)),
    ]),
  ])
}

/** Three digits, as far as there are: 12.3Mbit. */
function bits(rate: number): string {
  return formatQuantity('bitRate', Number(Math.round(rate).toPrecision(3)))
}

const BAR_WIDTH = 16
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

function bar(share: number): string {
  const eighths = Math.round(share * BAR_WIDTH * 8)
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '')
}
