/** Those of some items that fail a test which many can take at once: mostly all pass, with one test. */
export function failing<T>(items: readonly T[], pass: (some: readonly T[]) => boolean): readonly T[] {
  if (items.length === 0 || pass(items)) return []
  if (items.length === 1) return items
  const half = items.length >> 1
  return [...failing(items.slice(0, half), pass), ...failing(items.slice(half), pass)]
}

/** The items that pass. */
export function passing<T>(items: readonly T[], pass: (some: readonly T[]) => boolean): readonly T[] {
  const failed = new Set(failing(items, pass))
  return failed.size === 0 ? items : items.filter((item) => !failed.has(item))
}
