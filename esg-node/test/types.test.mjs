// Types: the committed ones are those of the build, and the examples compile by them and run.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import * as esg from 'esg-node'

const here = fileURLToPath(new URL('..', import.meta.url))
const read = (name) => readFileSync(join(here, name), 'utf8')
const tsc = join(here, 'node_modules', '.bin', 'tsc')

test('the committed types are those of the build', () => {
  assert.equal(read('index.d.ts'), read('index.fresh.d.ts'), 'run `npm run types` and commit index.d.ts')
})

test('what the package has is what its types say', () => {
  const types = read('index.d.ts')
  const named = [...types.matchAll(/^export declare (?:class|function|const) (\w+)/gm)].map((match) => match[1])
  const { default: _, ...exported } = esg
  assert.deepEqual(new Set(named), new Set(Object.keys(exported)))
  for (const [, name, body] of types.matchAll(/^export declare class (\w+) \{\n([\s\S]*?)^\}/gm)) {
    if (name === 'EsgError') continue
    const said = [...body.matchAll(/^  (?:get )?(\w+)(?:<.*?>)?\(/gm)].map((match) => match[1])
    const has = Object.getOwnPropertyNames(esg[name].prototype)
    assert.deepEqual(new Set(['constructor', ...said]), new Set(has), name)
  }
})

test('examples compile strictly and run', () => {
  const out = join(here, 'examples')
  after(() => rmSync(out, { recursive: true, force: true }))
  rmSync(out, { recursive: true, force: true })
  execFileSync(tsc, ['--project', here], { stdio: ['ignore', 'inherit', 'inherit'] })
  // The package as `npm install ./esg-node` puts it beside a program.
  writeFileSync(join(out, 'package.json'), '{"type": "module"}')
  mkdirSync(join(out, 'node_modules'))
  symlinkSync(here, join(out, 'node_modules', 'esg-node'), 'junction')
  const run = (name) => execFileSync(process.execPath, [join(out, name)]).toString()
  const names = readdirSync(out).filter((name) => name.endsWith('.js'))
  const told = Object.fromEntries(names.map((name) => [name, run(name)]))
  assert.match(told['first_inventory.js'], /^unit\.dimension: /m)
  // 8760 x 12.5 kWh.
  assert.match(told['big_file.js'], /^109500 kWh$/m)
  assert.match(told['ledger.js'], /^accepted 2 and 1, duplicates 1$/m)
  assert.match(told['ledger.js'], /^the same bytes again: true$/m)
  assert.equal(names.length, 3)
})

test('wrong types do not compile', () => {
  const cases = join(here, 'test', 'wrong.ts')
  const options = ['--ignoreConfig', '--strict', '--noEmit', '--module', 'nodenext', '--lib', 'es2022,esnext.disposable', '--types', 'node']
  let told = ''
  try {
    execFileSync(tsc, [...options, cases], { cwd: here })
  } catch (error) {
    told = error.stdout.toString()
  }
  const lines = read('test/wrong.ts').split('\n').flatMap((line, at) => (line.includes('// wrong') ? [at + 1] : []))
  const found = [...told.matchAll(/wrong\.ts\((\d+),/g)].map((match) => Number(match[1]))
  assert.deepEqual([...new Set(found)], lines, told)
})
