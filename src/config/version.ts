import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Of the package that this file is part of, be it source or built. */
export const VERSION: string = findVersion(dirname(fileURLToPath(import.meta.url)))

function findVersion(directory: string): string {
  const text = readIfThere(join(directory, 'package.json'))
  const { name, version } = JSON.parse(text ?? '{}') as { readonly name?: string; readonly version?: string }
  if (name === 'heddle' && version !== undefined) return version
  const parent = dirname(directory)
  if (parent === directory) throw new Error("Heddle's package.json is not above its code")
  return findVersion(parent)
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
