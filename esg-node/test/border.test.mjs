// The border: whatever is handed over, the answer is a value or an exception, in every thread.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Worker } from 'node:worker_threads'

import * as esg from 'esg-node'

import { engine, event } from './helpers.mjs'

const root = mkdtempSync(join(tmpdir(), 'esg-node-'))
after(() => rmSync(root, { recursive: true }))

const revoked = Proxy.revocable({}, {})
revoked.revoke()
const throwing = new Proxy({}, { get() { throw new Error('trap') }, ownKeys() { throw new Error('trap') } })
const HOSTILE = [
  undefined, null, true, 0, -0, 1.5, -1, NaN, Infinity, 2 ** 53, 1e308, 5e-324, 0n, -1n, 2n ** 200n,
  '', 'x', 'kWh', '\0', '\ud800', '💥'.repeat(100), 'a'.repeat(1_000_000), '__proto__',
  Symbol('x'), () => {}, class {}, [], [[[[]]]], {}, Object.create(null), throwing, revoked.proxy,
  new Date(NaN), /x/, new Map([[1, 2]]), new Set([1]), new WeakMap(), new Error('x'), Promise.resolve(1),
  new Uint8Array(3), new Float64Array(2), new BigInt64Array(1), new ArrayBuffer(8), new DataView(new ArrayBuffer(1)),
  { toString() { throw new Error('text') }, valueOf() { throw new Error('value') } },
  { toJSON() { throw new Error('json') } }, { then() { throw new Error('then') } }, Object(1), Object('x'), globalThis,
]

/** A generator of numbers that is the same in every run (LCG of Numerical Recipes). */
let state = 20_251_130
const next = (below) => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((state / 2 ** 32) * below)
}
const any = () => HOSTILE[next(HOSTILE.length)]

/** A call ends with a value, or with an exception of one of the kinds that callers know. */
async function ends(name, call) {
  let answer
  try {
    answer = await call()
  } catch (error) {
    if (error instanceof esg.EsgError) {
      assert.match(error.code, /^[a-z0-9_]+\.[a-z0-9_]+$/)
      assert.notEqual(error.code, 'call.panicked', `${name}: ${error.message}`)
      return undefined
    }
    // Exceptions of the values themselves, and those of JavaScript for a call that is none.
    assert.ok(error instanceof Error, name)
  }
  return answer
}

test('hostile arguments give exceptions in every call', async () => {
  const inventory = await engine.calculate([event(1)])
  const simulation = await inventory.simulate({ draws: 100 })
  const ledger = await esg.Ledger.open(join(root, 'ledger'))
  const taken = await ledger.ingest(event(1))
  const registry = new esg.Registry()
  const resolution = registry.resolve('electricity.grid', { region: 'GB', day: '2025-03-15' })
  const objects = { inventory, simulation, ledger, taken, registry, resolution, engine, amount: new esg.Amount(1) }
  const calls = [['convert', (...args) => esg.convert(...args)], ['score', (...args) => esg.score(...args)]]
  for (const name of ['Amount', 'Engine', 'Registry', 'Inventory']) calls.push([name, (...args) => new esg[name](...args)])
  for (const [name, object] of Object.entries(objects)) {
    for (const method of Object.getOwnPropertyNames(Object.getPrototypeOf(object))) {
      if (['constructor', 'close', 'backup'].includes(method)) continue
      calls.push([`${name}.${method}`, (...args) => (typeof object[method] === 'function' ? object[method](...args) : object[method])])
    }
  }
  assert.ok(calls.length > 70, `${calls.length} calls`)
  const rounds = process.env.ESG_FULL ? 500 : 10
  for (const [name, call] of calls) {
    for (let round = 0; round < rounds; round++) {
      const args = Array.from({ length: next(5) }, any)
      await ends(name, () => call(...args))
    }
  }
  // Nothing of it has hurt what was there.
  assert.equal(inventory.total({ scope: 2, method: 'location' }).kg, '177')
  await ledger.close()
})

test('hostile events give refused rows or exceptions', async () => {
  const fields = Object.keys(event(1))
  for (let round = 0; round < 300; round++) {
    const changed = { ...event(1), [fields[next(fields.length)]]: any() }
    const got = await ends('calculate', () => engine.calculate([changed]))
    if (got) assert.ok(got.refused.length <= 1)
    await ends('metric', () => engine.calculateSync([event(1, { metrics: { energy_kwh: any() } })]))
  }
  for (let round = 0; round < 300; round++) {
    const bytes = Buffer.from(JSON.stringify(event(1)))
    for (let flips = 0; flips < 3; flips++) bytes[next(bytes.length)] = next(256)
    await ends('bytes', () => engine.calculate(bytes))
  }
})

test('methods of one class refuse the objects of another', () => {
  const classes = Object.entries(esg).filter(([name, of]) => typeof of === 'function' && /^[A-Z]/.test(name) && name !== 'EsgError')
  for (const [name, owner] of classes) {
    for (const method of Object.getOwnPropertyNames(owner.prototype).filter((name) => name !== 'constructor')) {
      const { get, value } = Object.getOwnPropertyDescriptor(owner.prototype, method)
      for (const receiver of [{}, new esg.Registry(), Object.create(owner.prototype)]) {
        if (receiver instanceof owner && Object.getPrototypeOf(receiver) === esg.Registry.prototype && name === 'Registry') continue
        let refused = false
        try {
          const answer = (get ?? value).call(receiver)
          if (answer instanceof Promise) answer.catch(() => {})
          refused = answer instanceof Promise
        } catch {
          refused = true
        }
        assert.ok(refused, `${name}.${method}`)
      }
    }
  }
})

test('workers have the same package, and may end while they work', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads')
    const { Engine, EsgError, convert } = require('esg-node')
    try { convert(1, 'kWh', 'L') } catch (error) { parentPort.postMessage([error instanceof EsgError, error.code]) }
    new Engine().calculate(${JSON.stringify([event(1)])}).then((got) => {
      parentPort.postMessage(got.energyKwh.kg)
      got.simulate({ draws: 3e5, samples: false }).catch(() => {})
    })`
  await Promise.all(
    Array.from({ length: 3 }, async () => {
      const worker = new Worker(source, { eval: true })
      const told = []
      await new Promise((resolve, reject) => {
        worker.on('message', (message) => told.push(message) === 2 && resolve())
        worker.on('error', reject)
      })
      assert.deepEqual(told, [[true, 'unit.dimension'], '1000'])
      await worker.terminate()
    }),
  )
})

test('a process ends while work is on its way', () => {
  const source = `
    const { Engine } = require('esg-node')
    new Engine().calculate(${JSON.stringify([event(1)])}).then((got) => {
      got.simulate({ draws: 1e6, samples: false })
      setTimeout(() => process.exit(7), 10)
    })`
  const ended = () => execFileSync(process.execPath, ['-e', source], { cwd: new URL('..', import.meta.url), stdio: 'pipe' })
  assert.throws(ended, (error) => error.status === 7 && error.signal === null)
})
