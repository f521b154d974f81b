import esg from './index.cjs'

export const { Amount, EsgError, Registry, Resolution, VERSION, convert } = esg
export default esg
