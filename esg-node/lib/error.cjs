'use strict'

/** A refused call: a `code` that never changes, a message for people, and what a program can use of the refusal. */
class EsgError extends Error {
  constructor(code, message, details) {
    super(message)
    this.code = code
    this.details = details
  }
}
Object.defineProperty(EsgError.prototype, 'name', { value: 'EsgError', configurable: true, writable: true })

module.exports = { EsgError }
