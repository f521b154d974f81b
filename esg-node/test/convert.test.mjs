// Conversions: exact, typed, and refused with a code.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import * as esg from 'esg-node'

import { refused } from './helpers.mjs'

const { Amount, convert } = esg

test('a value of any kind is converted exactly', () => {
  for (const [value, from, to, want] of [
    ['1', 'MWh', 'kWh', '1000'],
    // The mile and the US gallon are exact by definition.
    [1, 'mi', 'km', '1.609344'],
    [1.5, 'mi', 'km', '2.414016'],
    ['0.1', 'MWh', 'kWh', '100'],
    [2n ** 80n, 'm', 'm', '1208925819614629174706176'],
    ['-40', 'Cel', '[degF]', '-40'],
    [1e-7, 'MWh', 'kWh', '0.0001'],
  ]) {
    assert.equal(convert(value, from, to), want)
  }
})

test('the table of exact factors holds', () => {
  const file = new URL('../../tests/vectors/units/domain_conversions.json', import.meta.url)
  // The names of the table that are codes here.
  const codes = new Set(['kWh', 'J', 'MWh', 'GJ'])
  const rows = JSON.parse(readFileSync(file)).cases.filter((row) => codes.has(row.from) && codes.has(row.to))
  assert.ok(rows.length >= 3, `${rows.length} rows`)
  for (const { from, to, multiply_by_exact: exact } of rows) {
    const [numerator, denominator] = exact.split('/').map(Number)
    const got = Number(convert(1, from, to))
    assert.ok(Math.abs(got * denominator - numerator) <= 1e-14 * numerator, `${from} to ${to}: ${got}, ${exact}`)
  }
})

test('arrays give arrays of floats and stay as they are', () => {
  const column = Float64Array.of(0, 1.5, -2, 1e300)
  assert.deepEqual(convert(column, 'MWh', 'kWh'), Float64Array.of(0, 1500, -2000, 1e303))
  assert.deepEqual([...column], [0, 1.5, -2, 1e300])
  assert.deepEqual(convert([1, 2], 'Cel', 'K'), Float64Array.of(274.15, 275.15))
  assert.deepEqual(convert(column.subarray(1, 3), 'MWh', 'kWh'), Float64Array.of(1500, -2000))
  assert.deepEqual(convert([], 'MWh', 'kWh'), new Float64Array(0))
  // As in a data frame, a missing figure of a column stays one.
  assert.ok(Number.isNaN(convert(Float64Array.of(NaN), 'MWh', 'kWh')[0]))
})

test('what cannot be converted is refused with a code', async () => {
  const sparse = [1, 2]
  delete sparse[0]
  for (const [value, from, to, code] of [
    ['1', 'kWh', 'L', 'unit.dimension'],
    ['1', 'kWhh', 'kWh', 'unit.unknown'],
    ['1,5', 'kWh', 'MWh', 'decimal.comma'],
    ['x', 'kWh', 'MWh', 'decimal.syntax'],
    [NaN, 'kWh', 'MWh', 'decimal.not_finite'],
    [-Infinity, 'kWh', 'MWh', 'decimal.not_finite'],
    [1e300, 'kWh', 'MWh', 'decimal.out_of_range'],
    [null, 'kWh', 'MWh', 'option.value'],
    [undefined, 'kWh', 'MWh', 'option.value'],
    [{}, 'kWh', 'MWh', 'option.value'],
    [Symbol('one'), 'kWh', 'MWh', 'option.value'],
    [() => 1, 'kWh', 'MWh', 'option.value'],
    [sparse, 'kWh', 'MWh', 'option.value'],
    [[1, NaN], 'kWh', 'MWh', 'option.value'],
    [['1'], 'kWh', 'MWh', 'option.value'],
    [new Float32Array(2), 'kWh', 'MWh', 'option.value'],
    [Float64Array.of(1), 'kWh', 'L', 'unit.dimension'],
    ['1', 2, 'MWh', 'option.value'],
    ['1', 'kWh', undefined, 'option.value'],
    ['1', 'kWh', '\ud800', 'unit.syntax'],
  ]) {
    await refused(() => convert(value, from, to), code)
  }
  const error = await refused(() => convert(1, 'kWhh', 'kWh'), 'unit.unknown')
  assert.match(error.message, /kWh/)
  assert.match(error.stack, /convert\.test\.mjs/)
})

test('amounts are exact', async () => {
  const amount = new Amount('1234.567890123456789')
  assert.equal(amount.kg, '1234.567890123456789')
  assert.equal(amount.t, '1.234567890123456789')
  assert.equal(amount.picograms, 1234567890123456789n)
  assert.equal(`${amount}`, amount.kg)
  assert.equal(JSON.stringify({ amount }), `{"amount":"${amount.kg}"}`)
  assert.equal(amount.toNumber(), 1234.5678901234568)
  assert.equal(new Amount(0.1).plus(new Amount(0.2)).kg, new Amount('0.3').kg)
  assert.equal(new Amount(1n).minus(new Amount(3)).picograms, -2000000000000000n)
  await refused(() => amount.plus(3), 'option.value')
  await refused(() => amount.plus({ kg: '1' }), 'option.value')
  await refused(() => new Amount('1e27'), 'amount.overflow')
  await refused(() => new Amount(), 'option.value')
})

test('both kinds of module give the same', () => {
  const required = createRequire(import.meta.url)('esg-node')
  const { default: all, ...named } = esg
  assert.equal(all, required)
  assert.deepEqual(new Set(Object.keys(named)), new Set(Object.keys(required)))
  for (const name of Object.keys(required)) assert.equal(named[name], required[name], name)
  assert.equal(required.VERSION, createRequire(import.meta.url)('esg-node/package.json').version)
})
