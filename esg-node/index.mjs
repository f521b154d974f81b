import esg from './index.cjs'

export const {
  Amount,
  Engine,
  EsgError,
  Ingested,
  Inventory,
  Ledger,
  Registry,
  Resolution,
  Score,
  Simulation,
  VERSION,
  convert,
  score,
} = esg
export default esg
