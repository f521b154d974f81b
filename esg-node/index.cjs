'use strict'

// Exact, provable greenhouse-gas accounting: telemetry in, auditable inventory out.
//
// The classes are those of the binding. What stands here before one of their methods only turns arguments into what the
// binding takes: events into lines or bytes, options into what is JavaScript's own and what is the core's.

const native = require('./binding.cjs')
const { own, run, split } = require('./lib/call.cjs')
const { convert } = require('./lib/convert.cjs')
const { EsgError } = require('./lib/error.cjs')
const { gather, gatherSync } = require('./lib/input.cjs')
const { document, json } = require('./lib/json.cjs')

const raise = (code, message, details) => new EsgError(code, message, JSON.parse(details))
native.register({ document, json, parse: JSON.parse, raise })

const { Amount, Engine, Inventory, Registry, Resolution, Score, Simulation, VERSION, score } = native

/** Puts a function before a method of a class; it is given the method and the arguments. */
function before(owner, name, wrap) {
  const method = owner.prototype[name]
  const wrapped = function (...args) {
    return wrap.call(this, (...others) => method.apply(this, others), ...args)
  }
  Object.defineProperty(owner.prototype, name, { value: wrapped, configurable: true, writable: true })
}

before(Engine, 'calculate', async (calculate, events, options) => {
  const call = own(options)
  const intake = await run(call.signal ? { signal: call.signal } : {}, () => gather(events, call))
  return run(call, (handle) => calculate(intake, handle))
})

before(Engine, 'calculateSync', (calculate, events) => calculate(gatherSync(events)))

before(Inventory, 'simulate', async (simulate, options) => {
  const [call, rest] = split(options)
  return run(call, (handle) => simulate(rest, handle))
})

module.exports = {
  Amount,
  Engine,
  EsgError,
  Inventory,
  Registry,
  Resolution,
  Score,
  Simulation,
  VERSION,
  convert,
  score,
}
