import assert from 'node:assert/strict'
import { parsePassiveTarget, parseTarget } from 'ovsdb-client'

describe('targets', () => {
  const active: readonly [string, object][] = [
    ['tcp:127.0.0.1:6641', { kind: 'tcp', host: '127.0.0.1', port: 6641 }],
    ['tcp:host.example', { kind: 'tcp', host: 'host.example', port: 6640 }],
    ['tcp:[::1]:6640', { kind: 'tcp', host: '::1', port: 6640 }],
    ['tcp:[fe80::1%eth0]', { kind: 'tcp', host: 'fe80::1%eth0', port: 6640 }],
    ['unix:/run/db.sock', { kind: 'unix', path: '/run/db.sock' }],
    ['unix:a:b', { kind: 'unix', path: 'a:b' }],
  ]
  for (const [text, target] of active)
    it(text, () => {
      assert.deepEqual(parseTarget(text), target)
    })

  const passive: readonly [string, object][] = [
    ['ptcp:', { kind: 'ptcp', host: undefined, port: 6640 }],
    ['ptcp:0', { kind: 'ptcp', host: undefined, port: 0 }],
    ['ptcp:6640:127.0.0.1', { kind: 'ptcp', host: '127.0.0.1', port: 6640 }],
    ['ptcp:6640:[::]', { kind: 'ptcp', host: '::', port: 6640 }],
    ['punix:/run/db.sock', { kind: 'punix', path: '/run/db.sock' }],
  ]
  for (const [text, target] of passive)
    it(text, () => {
      assert.deepEqual(parsePassiveTarget(text), target)
    })

  for (const text of [
    '',
    'tcp',
    'tcp:',
    'tcp::6640',
    'tcp:h:0',
    'tcp:h:65536',
    'tcp:h:x',
    'tcp:::1:5',
    'unix:',
    'udp:h:1',
    'ptcp:1',
  ]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseTarget(text), { code: 'OVSDB_TARGET' })
    })
  }
  for (const text of ['ptcp:x', 'ptcp:65536', 'ptcp:1:', 'punix:', 'tcp:h:1']) {
    it(`refuses "${text}" to listen on`, () => {
      assert.throws(() => parsePassiveTarget(text), { code: 'OVSDB_TARGET' })
    })
  }
})
