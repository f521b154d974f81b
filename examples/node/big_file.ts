// A file of any length as a stream, with progress, a deadline, and a range of the result.

import { createReadStream } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { Engine } from 'esg-node'

const folder = await mkdtemp(join(tmpdir(), 'esg-'))
const file = join(folder, 'meters.jsonl')
const line = (hour: number) =>
  JSON.stringify({
    source_id: 'meter-1',
    external_event_id: `${hour}`,
    vertical: 'general',
    timestamp: new Date(Date.UTC(2025, 0, 1, hour)),
    metrics: { 'electricity.grid': { value: '12.5', unit: 'kWh' } },
    tags: { region: 'GB' },
  })
await writeFile(file, Array.from({ length: 8760 }, (_, hour) => line(hour)).join('\n'))

const inventory = await new Engine().calculate(createReadStream(file), {
  signal: AbortSignal.timeout(60_000),
  onProgress: (done, total) => console.log(`${done} of ${total}`),
})
// 8760 hours of 12.5 kWh.
console.log(`${inventory.energyKwh} kWh`)

const range = await inventory.simulate({ draws: 10_000, seed: 7 })
const [low, high] = [range.quantile(0.025), range.quantile(0.975)]
console.log(`${range.point} kg, 95 % within ${low.toFixed(0)} and ${high.toFixed(0)} kg`)
await rm(folder, { recursive: true })
