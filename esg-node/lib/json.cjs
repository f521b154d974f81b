'use strict'

// Values of JavaScript as JSON text.
//
// `JSON.stringify` makes null of NaN and of holes, and leaves out what it has no form for: a missing figure would be
// silently none. Here a number keeps its value, a number that is none goes through as text, so that the core refuses it
// with the field that it stands in, and everything else without a form is refused at once with its place.

const { EsgError } = require('./error.cjs')
const { refuse } = require('../binding.cjs')

/** How deep values may be nested; a list that holds itself ends here. */
const DEPTH = 64

/** From here on the digits of a whole number are no longer those of its binary form. */
const EXPONENT = 1e16

/** Text that is the same in quotes as JSON writes it, and so need not be looked through by `JSON.stringify`. */
const PLAIN = /^[ !#-[\]-~]*$/

const quoted = (text) => (text.length <= 64 && PLAIN.test(text) ? `"${text}"` : JSON.stringify(text))

/** What messages call a value. */
function kind(value) {
  if (value === null) return 'null'
  if (typeof value !== 'object') return value === undefined ? 'undefined' : `of type ${typeof value}`
  try {
    return `of type ${value.constructor.name}`
  } catch {
    return 'an object without a type'
  }
}

/** The refusal of what a getter, a proxy or `toJSON` threw. */
function unreadable(place, cause) {
  let said = 'it threw'
  try {
    said = `${cause.message ?? cause}`
  } catch {}
  try {
    refuse(place, `not readable (${said})`, 'readable')
  } catch (error) {
    error.cause = cause
    return error
  }
}

class Writer {
  /** With `numbers` a bigint is written as a number, as events have it, else as text, which no reader rounds. */
  constructor(numbers) {
    this.numbers = numbers
    /** Names from the outermost object to here. */
    this.place = []
  }

  /** The text of a value, or a refusal. */
  text(value) {
    const depth = this.place.length
    try {
      return this.value(value)
    } catch (error) {
      throw error instanceof EsgError ? error : unreadable(this.where(), error)
    } finally {
      this.place.length = depth
    }
  }

  where() {
    return this.place.join('.') || 'value'
  }

  value(value) {
    switch (typeof value) {
      case 'string':
        return quoted(value)
      case 'number':
        return this.number(value)
      case 'boolean':
        return value ? 'true' : 'false'
      case 'bigint':
        return this.numbers ? `${value}` : `"${value}"`
      case 'object':
        return value === null ? 'null' : this.nested(value)
      default:
        return this.refuse(value)
    }
  }

  number(value) {
    if (!Number.isFinite(value)) return `"${value}"`
    return Math.abs(value) >= EXPONENT ? value.toExponential() : `${value}`
  }

  nested(value) {
    if (this.place.length >= DEPTH) {
      refuse(`${this.place[0]}`, 'nested too deeply', `at most ${DEPTH} lists and objects deep`)
    }
    if (Array.isArray(value)) return this.list(value)
    if (typeof value.toJSON === 'function') {
      this.place.push('toJSON()')
      const text = this.value(value.toJSON())
      this.place.pop()
      return text
    }
    const prototype = Object.getPrototypeOf(value)
    // A plain object of another context has a prototype of its own, with nothing above it.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) this.refuse(value)
    return this.object(value)
  }

  list(list) {
    let out = '['
    for (let at = 0; at < list.length; at++) {
      this.place.push(at)
      if (at > 0) out += ','
      out += this.value(list[at])
      this.place.pop()
    }
    return `${out}]`
  }

  object(object) {
    const symbols = Object.getOwnPropertySymbols(object)
    if (symbols.length > 0) this.refuse(symbols[0])
    let out = '{'
    for (const name of Object.keys(object)) {
      this.place.push(name)
      out += `${out === '{' ? '' : ','}${quoted(name)}:${this.value(object[name])}`
      this.place.pop()
    }
    return `${out}}`
  }

  refuse(value) {
    refuse(this.where(), kind(value), 'text, a number, a bigint, a Date, a list or a plain object')
  }
}

/** A document, where a number that JSON readers would round stands as text. */
const json = (value) => new Writer(false).text(value)

/** Names of options as the core has them. */
const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/**
 * Options, with one more field where a name is given. What is undefined or null is not given. Names of options are
 * camelCase here; those inside of them are the names of documents, and stay.
 */
function document(options, name, value) {
  if (options !== undefined && options !== null && (typeof options !== 'object' || Array.isArray(options))) {
    refuse('options', kind(options), 'an object of names and values')
  }
  const fields = []
  const add = (name, value) => {
    if (value === undefined || value === null) return
    const writer = new Writer(false)
    writer.place.push(name)
    fields.push(`${JSON.stringify(snake(name))}:${writer.text(value)}`)
  }
  if (name) add(name, value)
  try {
    for (const name of Object.keys(options ?? {})) add(name, options[name])
  } catch (error) {
    throw error instanceof EsgError ? error : unreadable('options', error)
  }
  return `{${fields.join(',')}}`
}

module.exports = { Writer, document, json, kind }
