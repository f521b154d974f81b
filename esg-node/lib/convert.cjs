'use strict'

const native = require('../binding.cjs')
const { kind } = require('./json.cjs')

/** A list as an array of floats; what is no number in it is refused with its place. */
function floats(list) {
  const values = new Float64Array(list.length)
  for (let at = 0; at < values.length; at++) {
    const value = list[at]
    if (typeof value !== 'number' || !Number.isFinite(value)) {
      native.refuse(`value.${at}`, typeof value === 'number' ? value : kind(value), 'a finite number')
    }
    values[at] = value
  }
  return values
}

/** See `convert` in `index.d.ts`. */
function convert(value, from, to) {
  return native.convert(Array.isArray(value) ? floats(value) : value, from, to)
}

module.exports = { convert }
