// Ranges and the score.

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { Amount, score } from 'esg-node'

import { engine, event, refused } from './helpers.mjs'

const inventory = await engine.calculate([event(1), event(2)])
const simulation = await inventory.simulate({ draws: 10_000, seed: 7 })

test('a range surrounds the exact point', async () => {
  // 2000 kWh at 0.17700 kg.
  assert.equal(simulation.total('scope 2 location').point.kg, '354')
  assert.ok(simulation.point instanceof Amount)
  assert.deepEqual([simulation.draws, simulation.seed, simulation.name], [10_000, 7n, 'all location'])
  assert.ok(simulation.quantile(0.025) < simulation.mean && simulation.mean < simulation.quantile(0.975))
  assert.ok(simulation.sd > 0 && simulation.meanError > 0)
  assert.equal(simulation.exceedance(0), 1)
  assert.ok(simulation.totals.includes('scope 2 location'))
  assert.match(simulation.generator, /philox/i)
  assert.ok(Array.isArray(simulation.caveats))
  assert.equal(simulation.toObject(1).target_kg, 1)
})

test('samples are all draws, and the caller’s own', () => {
  const samples = simulation.samples()
  assert.ok(samples instanceof Float64Array)
  assert.equal(samples.length, 10_000)
  const mean = samples.reduce((sum, draw) => sum + draw, 0) / samples.length
  assert.ok(Math.abs(mean - simulation.mean) <= 1e-12 * mean, `${mean} ${simulation.mean}`)
  const median = simulation.quantile(0.5)
  samples.fill(0)
  assert.equal(simulation.quantile(0.5), median)
})

test('a histogram holds every draw', async () => {
  const { counts, edges } = simulation.histogram(8)
  assert.deepEqual([counts.length, edges.length], [8, 9])
  assert.equal(counts.reduce((a, b) => a + b), 10_000)
  assert.ok(edges.every((edge, at) => at === 0 || edge > edges[at - 1]))
  assert.equal(simulation.histogram().counts.length, 40)
  await refused(() => simulation.histogram(-1), 'option.value')
  await refused(() => simulation.histogram('8'), 'option.value')
})

test('the same seed gives the same bits', async () => {
  const again = await inventory.simulate({ draws: 10_000, seed: '7' })
  assert.deepEqual(again.digests, simulation.digests)
  assert.deepEqual(again.samples(), simulation.samples())
  const other = await inventory.simulate({ draws: 10_000, seed: 2n ** 64n - 1n })
  assert.notDeepEqual(other.digests, simulation.digests)
  assert.equal(other.seed, 2n ** 64n - 1n)
  assert.equal((await inventory.simulate({ draws: 1000, samples: false })).samples(), null)
})

test('what makes the range adds up', async () => {
  const { drivers, origins } = await simulation.sensitivity()
  assert.ok(drivers.length > 0)
  const shares = Object.values(origins).reduce((a, b) => a + b, 0)
  assert.ok(Math.abs(shares - 1) <= 1e-9, `${shares}`)
})

test('wrong options are refused by name', async () => {
  for (const [options, code] of [
    [{ draws: 0 }, 'simulate.option'],
    [{ draws: 1.5 }, 'option.value'],
    [{ seed: -1 }, 'option.value'],
    [{ seed: 2n ** 64n }, 'option.value'],
    [{ drwas: 5 }, 'option.document'],
    [{ ipccGwp: true }, 'option.value'],
    [5, 'option.value'],
  ]) {
    await refused(() => inventory.simulate(options), code)
  }
  await refused(() => simulation.quantile(1.5), 'option.value')
  await refused(() => simulation.quantile('0.5'), 'option.value')
  await refused(() => simulation.total('scope 9'), 'option.value')
})

test('the score is the exact fraction of its reference', async () => {
  // PUE 1.15; 400 g a mile; 1000 units on 500 kWh at 0.4; 1e6 requests and 0.5 kg; equal weights:
  // 1/4 (1/0.15 + 1/400 + 1000/200 + 1e6/(0.5 * 1e6)) = 1/4 (20/3 + 1/400 + 5 + 2) = 16403/4800.
  const inputs = {
    pue: '1.15',
    emissionsG: 400,
    distanceMi: 1,
    units: 1000n,
    energyKwh: 500,
    gridFactor: '0.4',
    requests: 1e6,
    emissionsKg: '0.5',
  }
  const got = score(inputs)
  assert.equal(got.value, '16403/4800')
  assert.equal(got.coverage, '1')
  assert.equal(got.toNumber(), 16403 / 4800)
  assert.equal(got.terms.length, 4)
  assert.equal(JSON.parse(JSON.stringify(got)).terms.length, 4)
  // Without software and with its weight shared out: 1/3 (20/3 + 1/400 + 5) = 14003/3600.
  const { requests, emissionsKg, ...others } = inputs
  assert.equal(score({ ...others, notApplicable: ['software'] }).value, '14003/3600')
  assert.equal(score(others).value, null)
  assert.ok(Number.isNaN(score(others).toNumber()))
  await refused(() => score({ ...inputs, pue: '1' }), 'score.pue')
  await refused(() => score({ pue: '1.2', itKwh: 5 }), 'option.value')
  await refused(() => score({ peu: 1 }), 'option.document')
  await refused(() => score('1.2'), 'option.value')
  const period = await engine.calculate([event(1, { vertical: 'ai_data_center', metrics: { energy_kwh: 5, pue: 1.2 } })])
  assert.equal(period.score.terms[0].state, 'present')
})
