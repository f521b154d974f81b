import esg from './index.cjs'

export const {
  Amount,
  Engine,
  EsgError,
  Inventory,
  Registry,
  Resolution,
  Score,
  Simulation,
  VERSION,
  convert,
  score,
} = esg
export default esg
