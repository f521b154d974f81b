// The registry: found, resolved, locked, added to.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'

import { Registry } from 'esg-node'

import { refused } from './helpers.mjs'

const registry = new Registry()

test('a factor is resolved with its steps', () => {
  const found = registry.resolve('electricity.grid', { region: 'US-CAMX', day: '2024-03-15', unit: 'kWh' })
  assert.equal(found.set.name, 'epa-egrid 2023.2.0')
  // EPA eGRID 2023, subregion CAMX: 428.464 lb CO2 per MWh.
  assert.equal(found.factor.values[0].value, '428.464')
  assert.ok(found.steps.length > 0)
  assert.ok(Array.isArray(found.rejected))
  assert.deepEqual(found.fallbacks, [])
  assert.equal(JSON.parse(JSON.stringify(found)).factor_id, found.factorId)
})

test('what is not there is refused with what is near', async () => {
  const question = { region: 'GB', day: '2025-03-15' }
  const error = await refused(() => registry.resolve('electricity.gird', question), 'factor.not_found')
  assert.ok(error.details.nearest.includes('electricity.grid'))
  for (const [question, code] of [
    [{ day: '15.3.2025' }, 'option.value'],
    [{ day: '2025-03-15', regoin: 'GB' }, 'option.document'],
    [{ day: '2025-03-15', region: 'Atlantis' }, 'geography.unknown'],
    [{ day: '2025-03-15', allow: ['all'] }, 'option.value'],
    [{ day: '2025-03-15', boundary: 'x' }, 'option.value'],
    [{ day: '2025-03-15', set: 'nobody' }, 'factor.set_unknown'],
    [{ day: '2025-03-15', activity: 'water.supply' }, 'json.duplicate_key'],
    [undefined, 'option.value'],
    ['2025-03-15', 'option.value'],
    [[], 'option.value'],
  ]) {
    await refused(() => registry.resolve('electricity.grid', question), code)
  }
})

test('a search finds words', async () => {
  assert.equal(registry.search('diesel').length, 20)
  const found = registry.search('diesel', { region: 'GB', limit: 3 })
  assert.equal(found.length, 3)
  for (const row of found) assert.equal(row.factor.geography, 'GB')
  assert.ok(registry.activities.includes('electricity.grid'))
  assert.ok(registry.sets.length > 10)
  await refused(() => registry.search('diesel', { limit: -1 }), 'option.value')
  await refused(() => registry.search(7n ** 50n, { limit: {} }), 'option.value')
})

test('a lock holds every byte', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'esg-node-'))
  try {
    const lock = registry.lock()
    const path = join(folder, 'factors.lock.json')
    writeFileSync(path, JSON.stringify(lock))
    assert.deepEqual(registry.locked(path).lock(), lock)
    assert.deepEqual(registry.locked(lock).lock(), lock)
    lock.sets[0].digest = '0'.repeat(64)
    const error = await refused(() => registry.locked(lock), 'factor.digest')
    assert.equal(error.details.kind, 'corrupt')
    assert.ok(registry.asOf('2024-01-01').sets.length < registry.sets.length)
    await refused(() => registry.locked(join(folder, 'nothing.json')), 'store.io')
    await refused(() => registry.asOf('yesterday'), 'time.day')
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('a set that breaks the format is refused', async () => {
  await refused(() => new Registry().add({ set: 'mine' }), 'factor.set_invalid')
  await refused(() => new Registry().add(new Map()), 'option.value')
  await refused(() => new Registry().add(undefined), 'option.value')
})
