/** What varies from run to run is taken out of the output of a session's step, so that two runs can be compared. */

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g
const NUMBERED_UUID = /<\d+>/g

const RULES: readonly (readonly [RegExp, string])[] = [
  [/ \(xid=0x[0-9a-f]+\)/g, ''],
  [/\b(duration[=:]|used:)(?:[0-9.]+s|N?s)/g, '$1Ns'],
  [/\b(?:idle|hard)_age=[0-9]+, ?/g, ''],
  [/\brecirc(_id)?([(=])(?:0x)?0*[1-9a-f][0-9a-f]*/g, 'recirc$1$2N'],
]

/** Ports that a switch floods to come in any order. */
const FLOODED = /^(Datapath actions: )(\d+(?:,\d+)+)$/gm

/** @param directory the session's, which is `{dir}` in what is expected */
export function normalOutput(text: string, directory: string): string {
  const numbers = new Map<string, string>()
  let result = text.replaceAll(directory, '{dir}')
  for (const [pattern, replacement] of RULES) result = result.replaceAll(pattern, replacement)
  result = result.replaceAll(FLOODED, (_, head: string, ports: string) => `${head}${ports.split(',').sort().join(',')}`)
  return result.replaceAll(UUID, (uuid) => {
    const known = numbers.get(uuid) ?? `<${numbers.size}>`
    numbers.set(uuid, known)
    return known
  })
}

/** Lines of a log, which are nobody's expectation. */
const LOG_LINE = /\|(?:EMER|ERR|WARN|INFO|DBG)\|/

/** A program's messages without its name before them, and without its log. */
export function normalErrors(text: string, directory: string, programs: readonly string[]): string {
  const lines = text.split('\n').filter((line) => !LOG_LINE.test(line))
  const named = lines.map((line) => {
    const name = programs.find((program) => line.startsWith(`${program}: `))
    return name === undefined ? line : line.slice(name.length + 2)
  })
  return normalOutput(named.join('\n'), directory)
}

const ordered = (value: unknown): unknown => {
  if (Array.isArray(value)) {
    const items = value.map(ordered)
    const [first, second] = items
    if (first === 'set' && Array.isArray(second) && items.length === 2) return ['set', inOrder(second)]
    return items
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const inner = ordered(item)
      return [key, key === 'rows' && Array.isArray(inner) ? inOrder(inner) : inner]
    }),
  )
}

const inOrder = (items: readonly unknown[]): unknown[] =>
  [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

/** A line that is JSON, with what comes in no order (rows, sets) in one. */
function orderedLine(line: string): string {
  if (!/^[[{]/.test(line)) return line
  try {
    return JSON.stringify(ordered(JSON.parse(line)))
  } catch (error) {
    if (error instanceof SyntaxError) return line
    throw error
  }
}

const withoutOrder = (text: string): string =>
  text.replaceAll(NUMBERED_UUID, '<>').split('\n').map(orderedLine).sort().join('\n')

/** Whether two normal outputs are the same, where `sorted` is false also when their lines come in another order. */
export function sameText(got: string, wanted: string, sorted: boolean): boolean {
  const [a, b] = [got.trimEnd(), wanted.trimEnd()]
  return a === b || (!sorted && withoutOrder(a) === withoutOrder(b))
}
