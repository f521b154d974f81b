// Ledgers: once and for good, and proved to someone who has nothing of ours.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { tableFromIPC } from 'apache-arrow'
import { Engine, Ledger, Registry } from 'esg-node'

import { event, refused } from './helpers.mjs'

const gwp = 'AR5'
const root = mkdtempSync(join(tmpdir(), 'esg-node-'))
after(() => rmSync(root, { recursive: true }))
let folders = 0

/** An empty ledger that is open while the test runs. */
const withLedger = (work) => async () => {
  const ledger = await Ledger.open(join(root, `${(folders += 1)}`), { log: 'example.org/footprint', actor: 'tests' })
  try {
    await work(ledger)
  } finally {
    await ledger.close()
  }
}

const scope2 = (inventory) => inventory.total({ scope: 2, method: 'location' }).kg

test('an event is taken once and has one receipt', withLedger(async (ledger) => {
  const first = await ledger.ingest([event(1), event(2)])
  assert.deepEqual([first.accepted, first.duplicates, first.late, first.length, first.ok], [2, 0, 0, 2, true])
  const again = await ledger.ingest([event(2), event(1)])
  assert.deepEqual([again.accepted, again.duplicates, again.ok], [0, 2, true])
  assert.deepEqual(again.itemRows().map((row) => row.outcome), ['duplicate', 'duplicate'])
  const prints = (taken) => new Map(taken.itemRows().map((row) => [row.seq, row.fingerprint]))
  assert.deepEqual(new Set(prints(again)), new Set([...prints(first)].reverse()))
  assert.equal(tableFromIPC(first.items()).numRows, 2)
  assert.deepEqual([await ledger.size(), ledger.log], [2, 'example.org/footprint'])
  // 0.17700 kg CO2e for each kWh of Great Britain (DESNZ 2025, AR5): 2 x 1000 kWh.
  assert.equal(scope2(await ledger.inventory(null, null, { gwp })), '354')
}))

test('a conflict is named and a bad row comes back', withLedger(async (ledger) => {
  await ledger.ingest(event(1))
  const other = event(1, { metrics: { 'electricity.grid': { value: '999', unit: 'kWh' } } })
  const taken = await ledger.ingest([other, { ...event(2), vertical: 'plumbing' }, event(3)])
  assert.equal(taken.ok, false)
  assert.deepEqual(taken.conflicts, [{ source: 'events', line: 1, first: 0, differs: ['metrics.electricity.grid'] }])
  assert.deepEqual(taken.rejected.map((row) => [row.line, row.code]), [[2, 'telemetry.vertical']])
  const rows = taken.itemRows()
  assert.deepEqual(rows.map((row) => row.outcome), ['conflict', 'rejected', 'accepted'])
  assert.deepEqual([rows[1].seq, rows[1].fingerprint], [null, null])
}))

test('atomic takes all or nothing', withLedger(async (ledger) => {
  const bad = [event(1), { ...event(2), vertical: 'plumbing' }]
  await refused(() => ledger.ingest(bad, { atomic: true }), 'ledger.atomic')
  assert.equal(await ledger.size(), 0)
  assert.equal((await ledger.ingest(Readable.from([event(1), event(2)]), { atomic: true })).accepted, 2)
  await refused(() => ledger.ingest(bad, { atomic: 1 }), 'option.value')
  await refused(() => ledger.ingest(bad, { atmic: true }), 'option.value')
}))

test('a long stream is taken part by part', withLedger(async (ledger) => {
  const filler = ' '.repeat(50_000)
  async function* lines() {
    for (let number = 1; number <= 300; number++) yield `${JSON.stringify(event(number))}${filler}\n`
    yield '{"no": "event"}\n'
  }
  const taken = await ledger.ingest(lines())
  assert.deepEqual([taken.length, taken.accepted], [301, 300])
  assert.deepEqual(taken.itemRows().map((row) => row.line), Array.from({ length: 301 }, (_, at) => at + 1))
  const file = join(root, 'events.jsonl')
  writeFileSync(file, `${JSON.stringify(event(300))}\n${JSON.stringify(event(301))}\n`)
  const told = []
  const more = await ledger.ingest(file, { onProgress: (done, total) => told.push([done, total]) })
  assert.deepEqual([more.accepted, more.duplicates, more.itemRows()[0].source], [1, 1, file])
  assert.equal(told.at(-1)[0], told.at(-1)[1])
  await refused(() => ledger.ingest([file, file], { atomic: true }), 'option.value')
}))

test('an issued report comes out again, and late events do not change it', withLedger(async (ledger) => {
  await ledger.ingest([event(1)])
  const year = ['2025-01-01', '2025-12-31']
  const draft = JSON.parse(await ledger.report('json', ...year, { gwp }))
  const issued = await ledger.report('json', ...year, { issue: true, organisation: 'Example Ltd', gwp })
  assert.equal(JSON.parse(issued).organisation, 'Example Ltd')
  assert.equal(draft.schema, 'esg.report/1')
  const line = await ledger.closePeriod(...year)
  assert.equal((await ledger.ingest(event(2))).late, 1)
  const [record] = await ledger.reports()
  assert.deepEqual([record.start, record.end, record.as_of < line], [...year, true])
  assert.deepEqual(await ledger.reissue(record.seq), issued)
  assert.match((await ledger.reissue(record.seq, 'html', { registry: new Registry() })).toString(), /Example Ltd/)
  assert.equal(scope2(await ledger.inventory(...year, { gwp })), '177')
  assert.equal(scope2(await ledger.inventory(...year, { engine: new Engine(null, { gwp }), asOf: await ledger.size() })), '354')
  await refused(() => ledger.reissue(0), 'ledger.record')
  await refused(() => ledger.report('pdf', ...year), 'report.format')
  await refused(() => ledger.inventory(year[0]), 'option.value')
  await refused(() => ledger.inventory(null, null, { engine: new Engine(null, { gwp }), gwp }), 'option.value')
  await refused(() => ledger.inventory(null, null, { asOf: 99 }), 'ledger.as_of')
  await refused(() => ledger.inventory(null, null, { asOf: 1.5 }), 'option.value')
  await refused(() => ledger.inventory(null, null, { engine: {} }), 'option.value')
}))

test('a figure is traced, proved, and checked without us', withLedger(async (ledger) => {
  await ledger.ingest([event(1), event(2), event(5, { day: '2025-04-15' })])
  assert.match(await ledger.lineage('2-location', null, null, { gwp }), /531/)
  const terms = JSON.parse(await ledger.lineage('2-location', '2025-03-01', '2025-03-31', { gwp, format: 'json', limit: 1 }))
  assert.equal(terms.co2e_kg, '354')
  await refused(() => ledger.lineage('2-location', null, null, { format: 'poem' }), 'option.value')
  const bundle = join(root, 'bundle.json')
  writeFileSync(bundle, await ledger.prove('2-location', null, null, { gwp }))
  const proof = join(root, 'line.proof')
  writeFileSync(proof, await ledger.proveLine(1))
  const [key, checkpoint] = [(await ledger.keys())[0], await ledger.sign()]
  const verify = fileURLToPath(new URL('../../tools/verify.py', import.meta.url))
  const told = execFileSync('python3', [verify, 'bundle', bundle, '--key', key]).toString()
  assert.match(told, /531/)
  const found = await ledger.verify(key, [checkpoint])
  assert.deepEqual([found.ok, found.findings, found.books, found.size, found.vouched], [true, [], [], 3, 3])
  const kept = join(root, 'checkpoint')
  writeFileSync(kept, checkpoint)
  assert.equal((await ledger.verify(null, [kept])).ok, true)
  await refused(() => ledger.verify('no key'), 'audit.key')
  await refused(() => ledger.verify(key, checkpoint), 'option.value')
  await refused(() => ledger.verify(key, [join(root, 'nothing')]), 'store.io')
  assert.deepEqual((await ledger.gaps()).map((gap) => [Number(gap.first), Number(gap.last)]), [[3, 4]])
}))

test('a detached event is redacted and named as missing', withLedger(async (ledger) => {
  await ledger.ingest([event(1)])
  await ledger.ingest([event(2)], { detached: true })
  const line = await ledger.redact(1, 'erasure asked for, case 4')
  assert.equal(line, 2)
  const inventory = await ledger.inventory(null, null, { gwp })
  assert.equal(scope2(inventory), '177')
  assert.deepEqual(inventory.refused.map((row) => row.code), ['ledger.redacted'])
  await refused(() => ledger.redact(0, 'asked for'), 'ledger.not_detached')
  await refused(() => ledger.redact(1, 5), 'option.value')
}))

test('a ledger has one writer, is copied, and refuses once it is closed', withLedger(async (ledger) => {
  await ledger.ingest(event(1))
  await refused(() => Ledger.open(ledger.path), 'store.locked')
  const copy = join(root, 'copy')
  await ledger.backup(copy, { withKey: true })
  const other = await Ledger.open(copy)
  assert.equal(await other.size(), await ledger.size())
  await other.close()
  await other.close()
  await refused(() => other.ingest(event(2)), 'option.value')
  await refused(() => other.size(), 'option.value')
  await refused(() => Ledger.open(5), 'option.value')
  await refused(() => Ledger.open(copy, { tenant: '' }), 'ledger.tenant')
  await refused(() => Ledger.open(copy, { log: 'a b' }), 'audit.name')
  await refused(() => Ledger.open(copy, { lgo: 'x' }), 'option.value')
}))

test('a changed byte is found', async () => {
  const folder = join(root, 'changed')
  const ledger = await Ledger.open(folder)
  await ledger.ingest([event(1), event(2)])
  await ledger.close()
  const file = join(folder, 'log', '00000000.jsonl')
  writeFileSync(file, readFileSync(file, 'utf8').replace('meter-1', 'meter-9'))
  await refused(() => Ledger.open(folder), 'store.corrupt')
})
