import assert from 'node:assert/strict'
import { type Config, loadConfig } from '../../../src/config/config.js'
import { envOf, flagOf, SETTING_NAMES } from '../../../src/config/settings.js'
import { ConfigError } from '../../../src/config/sources.js'

type Files = Readonly<Record<string, string>>

async function load(argv: string[], env: Record<string, string> = {}, files: Files = {}): Promise<Config> {
  const loaded = await loadConfig(argv, env, (path) => files[path])
  assert.ok(loaded.action === 'run')
  return loaded.config
}

async function print(argv: string[], env: Record<string, string> = {}, files: Files = {}): Promise<string> {
  const loaded = await loadConfig(argv, env, (path) => files[path])
  assert.ok(loaded.action === 'print')
  return loaded.text
}

async function issues(argv: string[], env: Record<string, string> = {}, files: Files = {}): Promise<string[]> {
  try {
    await load(argv, env, files)
  } catch (error) {
    assert.ok(error instanceof ConfigError)
    return error.message.split('\n')
  }
  return assert.fail('nothing was refused')
}

describe('config', () => {
  it('has defaults that need nothing', async () => {
    const { version, ...settings } = await load([])
    assert.match(version, /^\d+\.\d+\.\d+/)
    assert.deepEqual(settings, {
      data: './var',
      apiHost: '127.0.0.1',
      apiPort: 7420,
      bodyLimit: 1048576,
      rateLimit: 0,
      ovsdbListen: 'ptcp:6640:0.0.0.0',
      openflowListen: 'ptcp:6653:0.0.0.0',
      auditInterval: 60_000,
      statsInterval: 5000,
      probeInterval: 30_000,
      identityRest: 3_600_000,
      logLevel: 'info',
    })
  })

  it('lets flags win over the environment, that over the file, that over defaults', async () => {
    const files = { './heddle.yaml': 'apiPort: 1\ndata: /file\nlogLevel: debug\nauditInterval: 5s\n' }
    const env = { HEDDLE_API_PORT: '2', HEDDLE_DATA: '/env' }
    const { apiPort, data, logLevel, auditInterval, apiHost } = await load(['--api-port', '3'], env, files)
    assert.deepEqual([apiPort, data, logLevel, auditInterval, apiHost], [3, '/env', 'debug', 5000, '127.0.0.1'])
  })

  it('takes every setting from every source', async () => {
    const text = {
      data: '/d',
      apiHost: '::1',
      apiPort: '1',
      bodyLimit: '2048',
      rateLimit: '9',
      ovsdbListen: 'punix:/run/x',
      openflowListen: 'ptcp:7:[::1]',
      controllerAddress: '192.0.2.1',
      auditInterval: '250ms',
      identityRest: '2h',
      statsInterval: '7s',
      probeInterval: '45s',
      logLevel: 'silent',
    }
    assert.deepEqual(Object.keys(text), SETTING_NAMES)
    const wanted = { ...text, apiPort: 1, bodyLimit: 2048, rateLimit: 9, auditInterval: 250, identityRest: 7_200_000, statsInterval: 7_000, probeInterval: 45_000 }
    const entries = SETTING_NAMES.map((name) => [name, text[name]] as const)
    const { version, ...fromFlags } = await load(entries.map(([name, value]) => `${flagOf(name)}=${value}`))
    assert.deepEqual(fromFlags, wanted)
    const fromEnv = await load([], Object.fromEntries(entries.map(([name, value]) => [envOf(name), value])))
    assert.deepEqual(fromEnv, { ...wanted, version })
    const yaml = entries.map(([name, value]) => `${name}: ${JSON.stringify(value)}\n`).join('')
    assert.deepEqual(await load(['--config', 'x'], {}, { x: yaml }), { ...wanted, version })
  })

  it('reads the file that --config names before that of HEDDLE_CONFIG before ./heddle.yaml', async () => {
    const files = { a: 'data: /a', b: 'data: /b', './heddle.yaml': 'data: /c' }
    assert.equal((await load(['--config', 'a'], { HEDDLE_CONFIG: 'b' }, files)).data, '/a')
    assert.equal((await load([], { HEDDLE_CONFIG: 'b' }, files)).data, '/b')
    assert.equal((await load([], { HEDDLE_CONFIG: '' }, files)).data, '/c')
    assert.deepEqual(await issues(['--config', 'z']), ['config (--config): z does not exist'])
    assert.deepEqual(await issues([], { HEDDLE_CONFIG: 'z' }), ['config (HEDDLE_CONFIG): z does not exist'])
    await load([], {}, { './heddle.yaml': '# nothing\n' })
  })

  it('treats an empty variable as none', async () => {
    assert.equal((await load([], { HEDDLE_DATA: '' })).data, './var')
  })

  it('names setting, source and reason of everything that is wrong', async () => {
    const found = await issues(
      ['--api-port', '70000', '--nonsense', '--audit-interval=60', 'extra', '--data'],
      { HEDDLE_LOG_LEVEL: 'loud', HEDDLE_CONTROLLER_ADDRESS: '10.0.0' },
      { './heddle.yaml': 'bodyLimit: 1\nopenflowListen: tcp:1.2.3.4:1\nport: 1\napiHost: [a]\n' },
    )
    for (const part of [
      'apiPort (flag --api-port): "70000" is not a number from 0 to 65535',
      '--nonsense (flag --nonsense): is not a flag',
      'auditInterval (flag --audit-interval): "60" is not a duration',
      'extra (command line): is not a flag',
      'data (flag --data): needs a value',
      'logLevel (environment HEDDLE_LOG_LEVEL): "loud" is not one of trace',
      'controllerAddress (environment HEDDLE_CONTROLLER_ADDRESS): "10.0.0" is not an IPv4 address',
      'bodyLimit (./heddle.yaml:1): "1" is not a number from 1024',
      'openflowListen (./heddle.yaml:2): "tcp:1.2.3.4:1" is not ptcp:PORT',
      'port (./heddle.yaml:3): there is no such setting',
      'apiHost (./heddle.yaml:4): must be a text or a number',
    ]) {
      assert.ok(found.some((line) => line.startsWith(part)), `${part}\nin\n${found.join('\n')}`)
    }
    assert.equal(found.length, 11)
  })

  it('says where a file is not YAML, not a map, or cannot be read', async () => {
    const [duplicate] = await issues([], {}, { './heddle.yaml': 'data: a\ndata: b\n' })
    assert.match(duplicate ?? '', /^config \(\.\/heddle\.yaml:2\): .*unique/)
    assert.match((await issues([], {}, { './heddle.yaml': '- a\n' }))[0] ?? '', /must be a map/)
    await assert.rejects(
      loadConfig(['--config', '/x'], {}, () => {
        throw new Error('EACCES: permission denied')
      }),
      /config \(--config\): \/x cannot be read: .*EACCES/,
    )
  })

  it('prints settings and sources as a file that gives them again', async () => {
    const env = { HEDDLE_DATA: 'a # "b"', HEDDLE_AUDIT_INTERVAL: '1500ms' }
    const text = await print(['--print-config', '--api-port=0'], env)
    assert.match(text, /^apiPort: 0 +# flag --api-port$/m)
    assert.match(text, /^data: .* # environment HEDDLE_DATA$/m)
    assert.match(text, /^apiHost: 127\.0\.0\.1 +# default$/m)
    assert.match(text, /^# controllerAddress: +# not set: the local address/m)
    assert.deepEqual(await load([], {}, { './heddle.yaml': text }), await load(['--api-port=0'], env))
  })

  it('explains every setting, also when the settings are wrong', async () => {
    const text = await print(['--help', '--api-port=x'])
    for (const name of SETTING_NAMES) {
      for (const word of [flagOf(name), envOf(name), name]) assert.ok(text.includes(word), word)
    }
    assert.match(text, /Flags win over the environment, that over the file/)
    assert.match(await print(['--version']), /^\d+\.\d+\.\d+.*\n$/)
  })
})
