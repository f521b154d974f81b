// What several tests take.

import assert from 'node:assert/strict'

import { Engine, EsgError } from 'esg-node'

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

/** An event of one sender: 1000 kWh from the grid of Great Britain unless metrics are given. */
export function event(number, { vertical = 'general', day = '2025-03-15', metrics } = {}) {
  return {
    source_id: 'meter-1',
    external_event_id: `${number}`,
    vertical,
    timestamp: `${day}T14:30:00Z`,
    metrics: metrics ?? { 'electricity.grid': { value: '1000', unit: 'kWh' } },
    tags: { region: 'GB' },
  }
}

/** An engine under AR5, where DESNZ 2025 gives 0.17700 kg CO2e for each kWh of Great Britain. */
export const engine = new Engine(undefined, { gwp: 'AR5' })
