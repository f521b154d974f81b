// What several tests take.

import assert from 'node:assert/strict'

import { EsgError } from 'esg-node'

/** Asserts that a call, or a promise, is refused with a code; returns the refusal. */
export async function refused(work, code) {
  try {
    await work()
  } catch (error) {
    assert.ok(error instanceof EsgError, `an EsgError, not ${error.stack}`)
    assert.equal(error.code, code, error.message)
    assert.ok(['invalid', 'missing', 'conflict', 'corrupt'].includes(error.details.kind))
    assert.equal(error.name, 'EsgError')
    return error
  }
  return assert.fail(`${work} was not refused, and should be with ${code}`)
}
