// Memory: a million calls leave none behind (a tenth of them unless ESG_FULL is set).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { EsgError, convert } from 'esg-node'

import { engine, event } from './helpers.mjs'

setFlagsFromString('--expose_gc')
const collect = runInNewContext('gc')
const calls = process.env.ESG_FULL ? 1_000_000 : 100_000

/** Resident bytes after work, when what nobody holds is gone. */
async function resident(work, times) {
  for (let call = 0; call < times; call++) {
    const pending = work(call)
    if (pending) await pending
    // Finalizers of the binding run between turns of the loop.
    if (call % 10_000 === 0) await new Promise(setImmediate)
  }
  for (let round = 0; round < 3; round++) {
    collect()
    await new Promise(setImmediate)
  }
  return process.memoryUsage().rss
}

async function flat(work, times) {
  await resident(work, times)
  const before = await resident(work, times)
  const after = await resident(work, times)
  assert.ok(after <= before * 1.05, `${before} bytes grew to ${after}`)
}

test('conversions leave nothing behind', () => flat((call) => void convert(1.5 + call, 'MWh', 'kWh'), calls))

test('columns leave nothing behind', () => {
  const column = new Float64Array(100)
  return flat(() => void convert(column, 'MWh', 'kWh'), calls / 10)
})

test('refusals leave nothing behind', () =>
  flat(() => {
    try {
      convert(1, 'MWh', 'L')
    } catch (error) {
      assert.ok(error instanceof EsgError)
    }
  }, calls / 10))

test('inventories leave nothing behind', () => {
  const events = [event(1), event(2)]
  return flat(() => engine.calculate(events).then((inventory) => inventory.total({ scope: 1 })), calls / 100)
})
