'use strict'

// Exact, provable greenhouse-gas accounting: telemetry in, auditable inventory out.

const native = require('./binding.cjs')
const { EsgError } = require('./lib/error.cjs')
const { document, json } = require('./lib/json.cjs')
const { convert } = require('./lib/convert.cjs')

const raise = (code, message, details) => new EsgError(code, message, JSON.parse(details))
native.register({ document, json, parse: JSON.parse, raise })

module.exports = {
  Amount: native.Amount,
  EsgError,
  Registry: native.Registry,
  Resolution: native.Resolution,
  VERSION: native.VERSION,
  convert,
}
