// W6 and W7 from Node: node.mjs scalar|vector|call NAME
//
// scalar: MWh to kWh, gal to L, mi to km, lb to kg in turn, the names of the units as text, as they arrive in telemetry; `ours`
// is exact, `ucum` is ucum-lhc, `object` multiplies by a factor from an object and checks nothing. vector: a million doubles,
// MWh to kWh; `loop` multiplies in a loop. call: a thousand events to an inventory, awaited or at once.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const NAMES = {
  ucum: [['MW.h', 'kW.h'], ['[gal_us]', 'L'], ['[mi_i]', 'km'], ['[lb_av]', 'kg']],
  ours: [['MWh', 'kWh'], ['gal_us', 'L'], ['mi', 'km'], ['lb', 'kg']],
}
const FACTORS = [1000, 3.785411784, 1.609344, 0.45359237]
const EVENTS = Array.from({ length: 1000 }, (_, i) => ({
  source_id: `meter-${i % 10}`,
  external_event_id: `${i}`,
  vertical: 'ai_data_center',
  timestamp: `2024-03-${`${1 + (i % 28)}`.padStart(2, '0')}T${`${i % 24}`.padStart(2, '0')}:00:00Z`,
  tags: { region: 'US-CAMX' },
  metrics: { [i % 2 ? 'energy_mwh' : 'energy_kwh']: 0.5 + (i % 977) / 1000, pue: 1.15 },
}))

/** A function of (value, from, to). */
function converter(name) {
  if (name === 'ours') return require('../esg-node').convert
  if (name === 'ucum') {
    const units = require('@lhncbc/ucum-lhc').UcumLhcUtils.getInstance()
    return (value, from, to) => units.convertUnitTo(from, value, to).toVal
  }
  const table = Object.fromEntries(NAMES.ours.map(([from, to], at) => [`${from} ${to}`, FACTORS[at]]))
  return (value, from, to) => value * table[`${from} ${to}`]
}

/** Runs work once to warm up and once against the clock, and prints the row. */
async function timed(row, n, work, check) {
  await work(Math.min(n, 20_000))
  const [cpu, start] = [process.cpuUsage(), process.hrtime.bigint()]
  await work(n)
  const wall = Number(process.hrtime.bigint() - start) / 1e9
  const { user, system } = process.cpuUsage(cpu)
  const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
  console.log(JSON.stringify({ row, wall_s: wall, cpu_s: (user + system) / 1e6, rss_mb: peak, n, check: await check() }))
}

const work = {
  scalar(name) {
    const [convert, pairs] = [converter(name), NAMES[name] ?? NAMES.ours]
    const run = (n) => {
      for (let i = 0; i < n; i++) convert(1.5 + i, pairs[i & 3][0], pairs[i & 3][1])
    }
    const check = () => Object.fromEntries(pairs.map(([from, to], at) => ['abcd'[at], Number(convert(1.5, from, to))]))
    return timed(`w7 node scalar ${name}`, name === 'ucum' ? 20_000 : 1_000_000, run, check)
  },
  vector(name) {
    const [values, rounds] = [Float64Array.from({ length: 1_000_000 }, (_, i) => i), 50]
    const convert = name === 'ours' ? converter(name) : (values) => values.map((value) => value * 1000)
    let out
    const run = (n) => {
      for (let i = 0; i < n / values.length; i++) out = convert(values, 'MWh', 'kWh')
    }
    return timed(`w7 node vector ${name}`, rounds * values.length, run, () => ({ sum: out.reduce((a, b) => a + b) }))
  },
  call(name) {
    const { Engine } = require('../esg-node')
    const engine = new Engine()
    let inventory
    const run = async (n) => {
      for (let i = 0; i < n / EVENTS.length; i++) {
        inventory = name === 'ours_sync' ? engine.calculateSync(EVENTS) : await engine.calculate(EVENTS)
      }
    }
    return timed(`w6 node ${name}`, 200 * EVENTS.length, run, () => ({ energy_kwh: inventory.energyKwh.toNumber() }))
  },
}
const [what, name] = process.argv.slice(2)
await work[what](name)
