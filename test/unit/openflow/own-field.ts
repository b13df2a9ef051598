/** Run in a process of its own: adds an entry to the field table before anything is compiled from it. */
import { FIELDS } from '../../../src/openflow-ts/src/spec/fields.js'
import type { FieldSpec } from '../../../src/openflow-ts/src/spec/field-spec.js'

const OWN: FieldSpec = {
  name: 'own_field',
  aliases: ['mine'],
  bits: 32,
  format: 'hexadecimal',
  maskable: true,
  writable: true,
  prereq: 'ipv4',
  wire: [{ name: 'NXM_NX_OWN_FIELD', oxmClass: 1, number: 126, since: 1 }],
}
;(FIELDS as unknown as FieldSpec[]).push(OWN)

const of = await import('openflow-ts')

const match = of.parseMatch('ip,mine=0x1234/0xff')
const w = new of.Writer()
of.writeMatchFields(w, match, of.OF13)
const bytes = w.take()
const decoded = of.readMatchFields(new of.Reader(bytes))
const flow = of.parseFlow('own_field[0..3]=5,ip,actions=set_field:7->own_field,move:NXM_NX_OWN_FIELD[]->NXM_NX_REG0[]')

process.stdout.write(
  JSON.stringify({
    bytes: bytes.toString('hex'),
    tlvs: of.formatMatchTlvs(new of.Reader(bytes)),
    decoded: of.formatMatch(decoded),
    flow: of.formatFlow(flow),
  }),
)
