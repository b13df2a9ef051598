import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { JudgedVector } from './vector.js'

async function vectorFiles(path: string): Promise<string[]> {
  if ((await stat(path)).isFile()) return [path]
  const names = (await readdir(path)).filter((name) => name.endsWith('.jsonl'))
  return names.sort().map((name) => join(path, name))
}

/** The vectors of a file, or of all .jsonl files of a folder. */
export async function readVectors(path: string): Promise<JudgedVector[]> {
  const vectors: JudgedVector[] = []
  for (const file of await vectorFiles(path)) {
    for (const line of (await readFile(file, 'utf8')).split('\n')) {
      if (line !== '') vectors.push(JSON.parse(line) as JudgedVector)
    }
  }
  return vectors
}
