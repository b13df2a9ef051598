import { newWorld } from './unit/intent/world.js'
import { compilerOf } from './unit/compile/support.js'
import { Fabric } from '../src/explain/fabric.js'
import { Trips } from '../src/explain/trips.js'
import { Stage } from '../src/explain/stage.js'
import { Stages } from '../src/explain/way.js'
const { admission, store } = newWorld()
await admission.put('Tenant', { name: 'red' }, {})
await admission.put('Network', { tenant: 'red', name: 'web' }, { cidrs: ['10.0.0.0/16'] })
for (let i = 0; i < 20; i++) await admission.put('Host', { name: `h${i}` }, { tunnelAddress: `192.0.2.${i + 1}` })
const jobs=[]
for (let i = 0; i < Number(process.env.N); i++) jobs.push(admission.put('Pod', { tenant: 'red', network: 'web', name: `p${i}` }, { host: `h${i % 20}`, labels: {a: String(i%50)} }))
await Promise.all(jobs)
const f = new Fabric(compilerOf(store))
let t0=Date.now(); const c0=process.cpuUsage(); let runs=0; const en=f.enter; f.enter=function(...a: never[]){runs++; return (en as never as Function).apply(f,a)} as never; let ent=0; const oe=Stage.prototype.entry; Stage.prototype.entry=function(...a: never[]){ent++; return (oe as never as Function).apply(this,a)} as never
const trips = new Trips(new Stages(f,4), {protocol:'TCP',port:80})
const pods=[...f.source.view.pods.keys()]
let n=0, no: unknown[] = []
for (const a of pods) for (const b of pods) if (a!==b) { const t = trips.go(a,b); if (t!.reaches) n++; else no.push(t) }

console.log(n, no.slice(0,3), Date.now()-t0, process.memoryUsage().heapUsed>>20)

console.log('cpu', process.cpuUsage(c0).user/1e6, 'runs', runs, 'entries', ent)
