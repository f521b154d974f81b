'use strict'

// Exact, provable greenhouse-gas accounting: telemetry in, auditable inventory out.
//
// The classes are those of the binding. What stands here before one of their methods only turns arguments into what the
// binding takes: events into lines or bytes, options into what is JavaScript's own and what is the core's.

const native = require('./binding.cjs')
const { given, none, run, split, unlessAborted } = require('./lib/call.cjs')
const { convert } = require('./lib/convert.cjs')
const { EsgError } = require('./lib/error.cjs')
const { gather, gatherSync } = require('./lib/input.cjs')
const { document, json } = require('./lib/json.cjs')

const raise = (code, message, details) => new EsgError(code, message, JSON.parse(details))
native.register({ document, json, parse: JSON.parse, raise })
process.once('exit', native.stopAll)

const { Amount, Engine, Ingested, Inventory, Ledger, Registry, Resolution, Score, Simulation, VERSION, score } = native

/** Puts a function before a method of a class; it is given the method and the arguments. */
function before(owner, name, wrap) {
  const method = owner.prototype[name]
  const wrapped = function (...args) {
    return wrap.call(this, (...others) => method.apply(this, others), ...args)
  }
  Object.defineProperty(owner.prototype, name, { value: wrapped, configurable: true, writable: true })
}

before(Engine, 'calculate', async (calculate, events, options) => {
  const [call, others] = split(options)
  none(others, 'signal, onProgress')
  const intake = await unlessAborted(call, () => gather(events, call))
  return run(call, (handle) => calculate(intake, handle))
})

before(Engine, 'calculateSync', (calculate, events) => calculate(gatherSync(events)))

before(Inventory, 'simulate', async (simulate, options) => {
  const [call, rest] = split(options)
  return run(call, (handle) => simulate(rest, handle))
})

Ledger.open = async (path, options) => {
  const { log, tenant, actor, ...others } = given(options)
  none(others, 'log, tenant, actor')
  return native.openLedger(path, log, tenant, actor)
}

const { takePart } = Ledger.prototype
delete Ledger.prototype.takePart
before(Ledger, 'ingest', async function (ingest, events, options) {
  const [call, { atomic, detached, ...others }] = split(options)
  none(others, 'atomic, detached, signal, onProgress')
  const receipts = native.openReceipts()
  // Rows that are all taken or none are gathered before the first of them is.
  const full = atomic ? undefined : (intake) => takePart.call(this, intake, receipts, detached)
  const intake = await unlessAborted(call, () => gather(events, call, full))
  return run(call, (handle) => ingest(intake, receipts, atomic, detached, handle))
})

before(Ledger, 'inventory', async (inventory, start, end, options) => {
  const { asOf, engine, ...rest } = given(options)
  return inventory(start, end, asOf, engine, rest)
})

before(Ledger, 'report', async (report, format, start, end, options) => {
  const { asOf, engine, issue, organisation, ...rest } = given(options)
  return report(format, start, end, asOf, engine, rest, issue, organisation)
})

before(Ledger, 'reissue', async (reissue, seq, format, options) => {
  const { registry, ...others } = given(options)
  none(others, 'registry')
  return reissue(seq, format, registry)
})

before(Ledger, 'lineage', async (lineage, cell, start, end, options) => {
  const { asOf, engine, format, limit, ...rest } = given(options)
  return lineage(cell, start, end, asOf, engine, rest, { format, limit })
})

before(Ledger, 'prove', async (prove, cell, start, end, options) => {
  const { asOf, engine, ...rest } = given(options)
  return prove(cell, start, end, asOf, engine, rest)
})

before(Ledger, 'gaps', async (gaps, options) => {
  const { asOf, ...others } = given(options)
  none(others, 'asOf')
  return gaps(asOf)
})

before(Ledger, 'backup', async (backup, to, options) => {
  const { withKey, ...others } = given(options)
  none(others, 'withKey')
  return backup(to, withKey)
})

// What gives a promise never throws: a refusal of its arguments rejects the promise too.
for (const [owner, names] of [
  [Inventory, ['report', 'merge']],
  [Ledger, ['verify', 'proveLine', 'closePeriod', 'redact']],
]) {
  for (const name of names) before(owner, name, async (method, ...args) => method(...args))
}

if (Symbol.asyncDispose) Ledger.prototype[Symbol.asyncDispose] = Ledger.prototype.close

module.exports = {
  Amount,
  Engine,
  EsgError,
  Ingested,
  Inventory,
  Ledger,
  Registry,
  Resolution,
  Score,
  Simulation,
  VERSION,
  convert,
  score,
}
