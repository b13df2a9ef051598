import { worldOf } from './unit/explain/support.js'
import { Trips } from '../src/explain/trips.js'
import { Stages, Way } from '../src/explain/way.js'
import { Front } from '../src/explain/front.js'
const { fabric } = await worldOf(['red/web/a@h1', 'red/web/a2@h1','red/web/b@h2'])
const s = new Stages(fabric)
const h = fabric.host('h1')
const fr = s.front(h)
console.log(!!fr)
const orig = Way.prototype.send
Way.prototype.send = function (d: never, t: never) { const r = orig.call(this, d, t); console.log(String(d), typeof r === 'symbol' ? 'alone' : JSON.stringify(r.ending)); return r } as never
const t = new Trips(s, {protocol:'TCP',port:80},4)
console.log(t.go('red/web/a','red/web/b'), t.go('red/web/a','red/web/a2'))
