// Events in all their forms, and long calls that are watched and ended.

import assert from 'node:assert/strict'
import { createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { tableFromArrays, tableToIPC } from 'apache-arrow'

import { engine, event, refused } from './helpers.mjs'

const location = { scope: 2, method: 'location' }
const folder = mkdtempSync(join(tmpdir(), 'esg-node-'))
after(() => rmSync(folder, { recursive: true }))

const events = [event(1), event(2, { day: '2025-04-15' })]
const lines = events.map((event) => JSON.stringify(event)).join('\n')
const [jsonl, json] = [join(folder, 'a.jsonl'), join(folder, 'b.json')]
writeFileSync(jsonl, lines)
writeFileSync(json, JSON.stringify(events))

test('objects, files, buffers and streams are one', async () => {
  const want = engine.calculateSync(events).digests
  async function* later(items) {
    for (const item of items) yield item
  }
  const bytes = Buffer.from(lines)
  const copy = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  for (const source of [
    events,
    new Set(events),
    jsonl,
    [json],
    pathToFileURL(jsonl),
    bytes,
    copy,
    new DataView(copy),
    [bytes.subarray(0, 100), bytes.subarray(100)],
    [Buffer.from(JSON.stringify(events[0])), events[1]],
    later(events),
    later([bytes.subarray(0, 7), bytes.subarray(7, 8), bytes.subarray(8)]),
    later([lines.slice(0, 9), lines.slice(9)]),
    createReadStream(jsonl, { highWaterMark: 10 }),
    createReadStream(jsonl, { encoding: 'utf8' }),
    Readable.from(events),
    Readable.toWeb(createReadStream(jsonl)),
  ]) {
    const got = await engine.calculate(source)
    assert.deepEqual(got.digests, want, source.constructor.name)
    assert.equal(got.total(location).kg, '354')
  }
  const both = await engine.calculate([jsonl, json])
  assert.deepEqual(both.sources.map((source) => source.duplicates), [0, 2])
  assert.equal((await engine.calculate(events[0])).total(location).kg, '177')
  assert.equal((await engine.calculate([])).total({ scope: 1 }).kg, '0')
})

test('a stream keeps its numbers of lines over all of its parts', async () => {
  const filler = ' '.repeat(50_000)
  async function* many() {
    for (let number = 1; number <= 300; number++) {
      yield Buffer.from(`${JSON.stringify(event(number))}${filler}\n`)
    }
    yield Buffer.from('{"no": "event"}\n')
  }
  const got = await engine.calculate(many())
  // 300 times 1000 kWh at 0.17700 kg.
  assert.equal(got.total(location).kg, '53100')
  assert.deepEqual(got.refused.map((row) => row.line), [301])
})

test('Arrow comes in as a stream or a file', async () => {
  const table = tableFromArrays({
    activity: ['electricity.grid', 'electricity.grid'],
    quantity: Float64Array.of(1000, 1000),
    unit: ['kWh', 'kWh'],
    timestamp: ['2025-03-15T14:30:00Z', '2025-04-15T14:30:00Z'],
    region: ['GB', 'GB'],
  })
  const [stream, file] = [tableToIPC(table, 'stream'), tableToIPC(table, 'file')]
  async function* parts() {
    for (let at = 0; at < stream.length; at += 50) yield stream.subarray(at, at + 50)
  }
  for (const source of [stream, file, [stream], parts()]) {
    const got = await engine.calculate(source)
    assert.deepEqual(got.refused, [])
    assert.equal(got.total(location).kg, '354')
    assert.equal(got.sources[0].label, 'table')
  }
  assert.equal(engine.calculateSync(stream).total(location).kg, '354')
  await refused(() => engine.calculate(stream.subarray(0, stream.length - 40)), 'option.value')
  await refused(() => engine.calculate(Buffer.from('ARROW1 and then nothing')), 'option.value')
  const noise = Uint8Array.from(stream, (byte, at) => (at > 8 && at % 3 === 0 ? 255 - byte : byte))
  await refused(() => engine.calculate(noise), 'option.value')
})

test('a wide table of Arrow is one of events', async () => {
  const table = tableFromArrays({
    source_id: ['dc-1', 'dc-1'],
    external_event_id: ['1', '2'],
    vertical: ['ai_data_center', 'ai_data_center'],
    timestamp: [new Date('2025-03-15T14:30:00Z'), new Date('2025-04-15T14:30:00Z')],
    facility_energy_kwh: Float64Array.of(1000, 1000),
    region: ['GB', 'GB'],
  })
  const got = await engine.calculate(tableToIPC(table))
  assert.deepEqual(got.refused, [])
  assert.equal(got.total(location).kg, '354')
  assert.deepEqual((await got.lineRows()).map((row) => row.source_id).at(0), 'dc-1')
})

test('what is no telemetry is refused', async () => {
  writeFileSync(join(folder, 'x.txt'), '')
  for (const [source, code] of [
    [join(folder, 'nothing.jsonl'), 'store.io'],
    [join(folder, 'x.txt'), 'option.value'],
    [[jsonl, events[0]], 'option.value'],
    [null, 'option.value'],
    [undefined, 'option.value'],
    [5, 'option.value'],
    [[5], 'option.value'],
    [() => events, 'option.value'],
    [[null], 'option.value'],
  ]) {
    await refused(() => engine.calculate(source), code)
    await refused(() => engine.calculateSync(source), code)
  }
  await refused(() => engine.calculateSync(Readable.from(events)), 'option.value')
  // What a stream of the caller throws is the caller's.
  await assert.rejects(() => engine.calculate(createReadStream(join(folder, 'nothing.jsonl'))), { code: 'ENOENT' })
})

test('progress is told, and false or an exception ends the call', async () => {
  const told = []
  await engine.calculate(events, { onProgress: (done, total) => told.push([done, total]) })
  assert.deepEqual(told.at(-1), [2, 2])
  const inventory = await engine.calculate(events)
  const many = { draws: 1_000_000, samples: false }
  await refused(() => inventory.simulate({ ...many, onProgress: () => false }), 'call.stopped')
  const failing = { ...many, onProgress() { throw new TypeError('mine') } }
  await assert.rejects(() => inventory.simulate(failing), { name: 'TypeError', message: 'mine' })
})

test('a signal ends the call with its reason', async () => {
  const inventory = await engine.calculate(events)
  const controller = new AbortController()
  const running = inventory.simulate({ draws: 1_000_000, samples: false, signal: controller.signal })
  setTimeout(() => controller.abort(), 20)
  await assert.rejects(running, { name: 'AbortError' })
  await assert.rejects(() => engine.calculate(events, { signal: controller.signal }), { name: 'AbortError' })
  const mine = new Error('enough')
  await assert.rejects(() => engine.calculate(events, { signal: AbortSignal.abort(mine) }), mine)
  // A stream that never ends is left where it waits.
  const endless = new AbortController()
  async function* silent() {
    yield events[0]
    await new Promise(() => {})
  }
  const waiting = engine.calculate(silent(), { signal: endless.signal })
  setTimeout(() => endless.abort(mine), 5)
  await assert.rejects(waiting, mine)
  for (const options of [{ signal: 5 }, { onProgress: 'often' }, { sgnal: 1 }, 'fast', []]) {
    await refused(() => engine.calculate(events, options), 'option.value')
  }
})

test('timers go on while work is done', async () => {
  const inventory = await engine.calculate(events)
  let beats = 0
  const timer = setInterval(() => (beats += 1), 1)
  let done = false
  const running = inventory.simulate({ draws: 500_000, samples: false }).then(() => (done = true))
  // The loop turns again and again before the work is done: it would not turn once if the work held it.
  while (beats < 20 && !done) await new Promise(setImmediate)
  clearInterval(timer)
  assert.ok(beats >= 20, `${beats} beats`)
  await running
})
