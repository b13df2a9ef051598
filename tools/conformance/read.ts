import { readdir, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { JudgedVector } from './vector.js'

async function vectorFiles(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path]
  const names = (await readdir(path)).filter((name) => name.endsWith('.jsonl'))
  return names.sort().map((name) => join(path, name))
}

/** Vectors of NetworkPolicy name a file beside them for their world; to answer one, the world itself is wanted. */
async function withWorld(vector: JudgedVector, file: string): Promise<JudgedVector> {
  const { world, ...rest } = Object(vector.input) as { readonly world?: unknown }
  if (vector.kind !== 'netpol' || typeof world !== 'string') return vector
  const text = await readFile(join(dirname(file), world), 'utf8')
  return { ...vector, input: { world: JSON.parse(text) as unknown, ...rest } }
}

/** The vectors of a file, or of all .jsonl files of a folder. */
export async function readVectors(path: string): Promise<JudgedVector[]> {
  const vectors: JudgedVector[] = []
  for (const file of await vectorFiles(path)) {
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      if (line !== '') vectors.push(await withWorld(JSON.parse(line) as JudgedVector, file))
    }
  }
  return vectors
}
