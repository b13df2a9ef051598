import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { LabError } from './errors.js'

const retryEvery = 15
const giveUpAfter = 120_000

/**
 * Runs `task` while no other process of this network namespace holds the lock `key`.
 * The lock is an abstract unix socket: the kernel frees it with the process, so a crash leaves none behind.
 * Throws LAB_LOCKED when another holds it for two minutes.
 */
export async function withLock<T>(key: string, task: () => Promise<T> | T): Promise<T> {
  const server = await acquire(key)
  try {
    return await task()
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
}

async function acquire(key: string): Promise<Server> {
  const deadline = Date.now() + giveUpAfter
  for (;;) {
    const server = await tryListen(`\0heddle-lab/${key}`)
    if (server) return server
    if (Date.now() > deadline) throw new LabError('LAB_LOCKED', `another process holds the lab lock "${key}"`)
    await sleep(retryEvery)
  }
}

function tryListen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ path }, () => { resolve(server) })
  })
}
