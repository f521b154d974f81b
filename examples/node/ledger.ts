// A ledger: every event once, a report that comes out again, and a figure that is proved without us.

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Ledger, type Event } from 'esg-node'

const folder = await mkdtemp(join(tmpdir(), 'esg-'))
const reading = (number: number): Event => ({
  source_id: 'hull',
  external_event_id: `h-${number}`,
  vertical: 'general',
  timestamp: '2025-03-15T14:30:00Z',
  metrics: { 'electricity.grid': { value: '1000', unit: 'kWh' } },
  tags: { region: 'GB' },
})

const ledger = await Ledger.open(join(folder, 'footprint'), { log: 'example.com/footprint' })
const first = await ledger.ingest([reading(1), reading(2)])
const again = await ledger.ingest([reading(2), reading(3)])
console.log(`accepted ${first.accepted} and ${again.accepted}, duplicates ${again.duplicates}`)

const report = await ledger.report('json', '2025-01-01', '2025-12-31', { issue: true, gwp: 'AR5' })
const [issued] = await ledger.reports()
if (!issued) throw new Error('the report was issued')
await ledger.ingest(reading(4))
console.log('the same bytes again:', report.equals(await ledger.reissue(issued.seq)))

const [key] = await ledger.keys()
const checkpoint = await ledger.sign()
console.log('clean:', (await ledger.verify(key, [checkpoint])).ok)
console.log(await ledger.lineage('2-location', '2025-01-01', '2025-12-31', { gwp: 'AR5', limit: 2 }))
await ledger.close()
await rm(folder, { recursive: true })
