// From meter readings to a total that can be checked by hand.

import { Engine, EsgError, Registry, convert, type Event } from 'esg-node'

const events: Event[] = [
  {
    source_id: 'dc-1',
    external_event_id: '1',
    vertical: 'ai_data_center',
    timestamp: new Date('2024-03-15T14:30:00Z'),
    metrics: { energy_kwh: 1250.5, pue: 1.15 },
    tags: { region: 'us-west-1' },
  },
  {
    source_id: 'truck-7',
    external_event_id: 't1',
    vertical: 'logistics_fleet',
    timestamp: '2024-03-15T09:00:00Z',
    metrics: { fuel_liters: 42.1, distance_km: 180 },
    tags: { fuel: 'diesel', region: 'US' },
  },
]

const engine = new Engine(new Registry(), { gwp: 'AR6' })
const inventory = await engine.calculate(events)

console.log('Scope 2, location-based:', `${inventory.total({ scope: 2, method: 'location' })} kg CO2e`)
for (const row of inventory.byRows(['scope'])) console.log(`${row.scope}: ${row.co2e_kg} kg`)
for (const row of inventory.refused) console.log(`refused, line ${row.line}: ${row.message}`)
console.log('180 km are', convert(180, 'km', 'mi'), 'miles')

try {
  convert('1', 'kWh', 'L')
} catch (error) {
  if (error instanceof EsgError) console.log(`${error.code}: ${error.message}`)
}
