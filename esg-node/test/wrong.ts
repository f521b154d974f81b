// What the types refuse; each wrong line is one error.

import { Engine, Registry, convert } from 'esg-node'

const text: string = convert('1', 'kWh', 'MJ')
const column: Float64Array = convert([1, 2], 'kWh', 'MJ')
const float: number = convert(1, 'kWh', 'MJ') // wrong
convert(new Date(), 'kWh', 'MJ') // wrong
new Engine(new Registry(), { gpw: 'AR6' }) // wrong
new Engine(undefined, { gwp: 'AR6', keepLines: true })
const inventory = new Engine().calculateSync([])
inventory.total({ scope: 2, method: 'both' }) // wrong
const sum: bigint | undefined = inventory.total({ scope: 1 })?.picograms
inventory.report('pdf') // wrong
export { column, float, inventory, sum, text }
