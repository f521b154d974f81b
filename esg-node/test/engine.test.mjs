// Engine and inventory: every answer and every refusal.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runInNewContext } from 'node:vm'

import { tableFromIPC } from 'apache-arrow'
import { Amount, Engine, Inventory, Registry } from 'esg-node'

import { engine, event, refused } from './helpers.mjs'

const location = { scope: 2, method: 'location' }
const events = [
  event(1),
  event(2, { day: '2025-04-15' }),
  event(3, { vertical: 'ai_data_center', metrics: { energy_kwh: -1 } }),
]
const inventory = await engine.calculate(events)

test('a total is exact', () => {
  // DESNZ 2025: 0.17700 kg CO2e for each kWh, 2000 kWh.
  const total = inventory.total(location)
  assert.ok(total instanceof Amount)
  assert.deepEqual([total.kg, total.t, total.picograms], ['354', '0.354', 354n * 10n ** 15n])
  assert.equal(`${total}`, '354')
  assert.equal(total.toNumber(), 354)
  assert.equal(inventory.energyKwh.kg, '2000')
  assert.ok(inventory.biogenicCo2 instanceof Amount)
  assert.equal(inventory.waterLitres.kg, '0')
})

test('a method is never guessed', async () => {
  for (const question of [undefined, {}, { scope: 2 }]) {
    const error = await refused(() => inventory.total(question), 'option.value')
    assert.equal(error.details.field, 'method')
  }
  await refused(() => inventory.total({ scope: 2, method: 'market' }), 'inventory.method_missing')
  assert.equal(inventory.total({ scope: 2, method: 'market', partial: true }).kg, '0')
  for (const question of [{ scope: 4 }, { category: 16 }, { scope: 1, category: 2 }]) {
    await refused(() => inventory.total(question), 'option.value')
  }
  await refused(() => inventory.total({ scpoe: 2 }), 'option.document')
})

test('a refused row is told and in no total', () => {
  const [row, ...more] = inventory.refused
  assert.deepEqual([row.line, row.code, row.field, more.length], [3, 'telemetry.range', 'metrics.energy_kwh', 0])
  assert.equal(inventory.sources[0].accepted, 2)
  assert.ok(inventory.coverage.some((line) => line.scope === '2 market'))
  assert.ok(inventory.caveats.some((caveat) => caveat.code === 'market_method_incomplete'))
  assert.ok(inventory.digests.factors_lock)
  assert.equal(inventory.options.gwp, 'AR5')
  assert.ok(Object.keys(inventory.factors).some((name) => name.includes('desnz')))
  assert.deepEqual(inventory.assumptions, [])
  assert.ok(Array.isArray(inventory.kpis))
})

test('sums by dimensions are a table and rows', async () => {
  const rows = inventory.byRows(['scope', 'month'])
  const march = rows.find((row) => row.scope === '2 location' && row.month === '2025-03')
  assert.equal(march.co2e_kg, '177')
  assert.ok(Number.isInteger(march.rows))
  const table = tableFromIPC(inventory.by(['scope', 'month']))
  assert.equal(table.numRows, rows.length)
  const at = rows.indexOf(march)
  assert.equal(table.getChild('month').get(at), '2025-03')
  // decimal128(38, 15): 177 kg in picograms, least significant word first.
  const words = new BigUint64Array(table.getChild('co2e_kg').get(at).slice().buffer)
  assert.equal(words[0] + (words[1] << 64n), 177n * 10n ** 15n)
  assert.deepEqual(
    tableFromIPC(inventory.by(['gas'], { method: 'location' })).schema.fields.map((field) => field.name),
    ['gas', 'co2e_kg', 'mass', 'rows'],
  )
  for (const dimensions of [['month'], ['scope', 'planet']]) {
    await refused(() => inventory.byRows(dimensions), 'inventory.dimension')
  }
  for (const dimensions of [['scope', 'scope'], 'scope', [Symbol('scope')]]) {
    await refused(() => inventory.by(dimensions), 'option.value')
  }
})

test('lines add up to the total', async () => {
  const rows = await inventory.lineRows()
  assert.equal(tableFromIPC(await inventory.lines()).numRows, rows.length)
  const drawn = rows.filter((row) => row.scope === '2 location')
  const sum = drawn.map((row) => new Amount(row.co2e_kg ?? 0)).reduce((a, b) => a.plus(b))
  assert.equal(sum.kg, '354')
  assert.deepEqual(new Set(drawn.map((row) => row.external_event_id)), new Set(['1', '2']))
  assert.equal(drawn[0].day, '2025-03-15')
  const none = await new Engine(null, { keepLines: false }).calculate([event(1)])
  await refused(() => none.lines(), 'inventory.lines')
})

test('parts add up to the whole', async () => {
  const all = Array.from({ length: 10 }, (_, number) => event(number))
  const whole = await engine.calculate(all)
  const [a, b] = [await engine.calculate(all.slice(3)), engine.calculateSync(all.slice(0, 3))]
  const want = await whole.report('csv')
  assert.deepEqual(await (await a.merge(b)).report('csv'), want)
  assert.deepEqual(await (await b.merge(a)).report('csv'), want)
  await refused(async () => whole.merge(await new Engine().calculate(all)), 'inventory.merge')
  await refused(() => whole.merge({}), 'option.value')
})

test('reports come in four formats', async () => {
  const report = JSON.parse(await inventory.report('json', { organisation: 'Example Ltd' }))
  assert.deepEqual([report.schema, report.organisation], ['esg.report/1', 'Example Ltd'])
  assert.ok((await inventory.report('csv')).toString().split('\n').length > 2)
  assert.match((await inventory.report('html')).toString(), /^<!DOCTYPE html>/)
  assert.equal((await inventory.report('xlsx')).subarray(0, 2).toString(), 'PK')
  await refused(() => inventory.report('pdf'), 'report.format')
  await refused(() => inventory.report(5), 'option.value')
  await refused(() => inventory.report('json', { organization: 'x' }), 'option.document')
})

test('options are named in the way of the language, and wrong ones refused', async () => {
  const options = { gwp: 'AR5', notApplicable: [1, 'fleet'], marketGridAverage: true, weights: ['1', 1, 1n, 0.5] }
  assert.equal(new Engine(new Registry(), options).options.market_grid_average, true)
  assert.equal(new Engine(undefined, { gwp: undefined, start: null }).options.gwp, 'AR6')
  for (const [options, code] of [
    [{ gpw: 'AR5' }, 'option.document'],
    [{ gwp: 'AR9' }, 'gwp.unknown'],
    [{ horizon: 33 }, 'gwp.unknown'],
    [{ start: '2024-01-01' }, 'option.value'],
    [{ marketGridAverage: 'yes' }, 'option.value'],
    [{ keepLines: true, keep_lines: false }, 'json.duplicate_key'],
    [{ pueFloor: NaN }, 'option.value'],
    [{ defaults: { fuel: () => 1 } }, 'option.value'],
    ['AR5', 'option.value'],
  ]) {
    await refused(() => new Engine(undefined, options), code)
  }
  await refused(() => new Engine({ gwp: 'AR5' }), 'option.value')
})

test('numbers in events keep every digit', async () => {
  const metrics = (value) => ({ vertical: 'ai_data_center', metrics: { facility_energy_kwh: value } })
  const got = await engine.calculate([event(1, metrics(10n ** 17n)), event(2, metrics(0.1)), event(3, metrics(1e16))])
  assert.deepEqual(got.refused, [])
  assert.deepEqual(
    new Set((await got.lineRows()).map((row) => row.quantity)),
    new Set([`1${'0'.repeat(17)}`, '0.1', `1${'0'.repeat(16)}`]),
  )
})

test('what a metric cannot be is a row that is refused, with its field', async () => {
  for (const [value, code] of [
    [NaN, 'telemetry.type'],
    [-Infinity, 'telemetry.type'],
    ['12', 'telemetry.type'],
    [null, 'telemetry.type'],
    [true, 'telemetry.type'],
    [-0.5, 'telemetry.range'],
  ]) {
    const row = { vertical: 'ai_data_center', metrics: { energy_kwh: value } }
    const got = await engine.calculate([event(1, row)])
    assert.deepEqual(got.refused.map((row) => [row.code, row.field]), [[code, 'metrics.energy_kwh']], `${value}`)
  }
})

test('what JSON has no form for is refused with its place', async () => {
  const cycle = {}
  cycle.cycle = cycle
  const deep = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`)
  const sparse = [1, , 3] // eslint-disable-line no-sparse-arrays
  const throwing = Object.defineProperty({}, 'energy', { enumerable: true, get() { throw new RangeError('no') } })
  const proxy = new Proxy({}, { ownKeys() { throw null } })
  class Meter {}
  for (const [tags, field] of [
    [{ a: undefined }, '0.tags.a'],
    [{ a: Symbol('x') }, '0.tags.a'],
    [{ [Symbol('x')]: 1 }, '0.tags'],
    [{ a: () => 1 }, '0.tags.a'],
    [new Map(), '0.tags'],
    [new Meter(), '0.tags'],
    [{ a: new Date(NaN), b: 1n, c: Object(1) }, '0.tags.c'],
    [{ a: sparse }, '0.tags.a.1'],
    [throwing, '0.tags.energy'],
    [proxy, '0.tags'],
    [{ a: { toJSON() { return this } } }, '0'],
    [cycle, '0'],
    [{ a: deep }, '0'],
  ]) {
    const error = await refused(() => engine.calculate([{ ...event(1), tags }]), 'option.value')
    assert.equal(error.details.field, field)
  }
  assert.equal((await refused(() => engine.calculate({ a: throwing }), 'option.value')).cause.message, 'no')
})

test('only own names of an object count', async () => {
  const inherited = Object.create({ injected: 1 })
  await refused(() => engine.calculate([Object.assign(inherited, event(1))]), 'option.value')
  const bare = Object.assign(Object.create(null), event(1))
  const foreign = runInNewContext(`(${JSON.stringify(event(2))})`)
  const dated = { ...event(3), timestamp: new Date('2025-03-15T14:30:00Z') }
  const got = await engine.calculate([bare, foreign, dated])
  assert.deepEqual(got.refused, [])
  assert.equal(got.total(location).kg, '531')
  const [row] = (await engine.calculate([JSON.parse('{"__proto__": {"source_id": "x"}}')])).refused
  assert.ok(row, 'a name that is no field is refused and not looked up')
  assert.equal({}.source_id, undefined)
  const [half] = (await engine.calculate([{ ...event(1), source_id: '\ud800' }])).refused
  assert.equal(half.code, 'json.surrogate')
})

test('a class of the package is made by the package', () => {
  assert.throws(() => new Inventory(), /constructor/i)
  assert.throws(() => inventory.total.call({}, location))
  assert.throws(() => Inventory.prototype.total.call(engine, location))
})
