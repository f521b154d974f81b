// Builds the binding and its loader: node build.mjs [--release] [--types]
//
// The types are made beside the committed ones, which a test compares; --types takes them over.
//
// `napi build` names the target to Cargo, which then builds the core a second time in a folder of its own. For the machine
// that it runs on this takes what Cargo has built already; the loader and the types are those of the same tool.

import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { generateTypeDef, parseTriple, readNapiConfig, writeJsBinding } from '@napi-rs/cli'

const here = dirname(fileURLToPath(import.meta.url))
const profile = process.argv.includes('--release') ? 'release' : 'debug'
const cargo = process.env.CARGO ?? 'cargo'
const run = (program, args, env) => execFileSync(program, args, { cwd: here, env: { ...process.env, ...env } })

const metadata = JSON.parse(run(cargo, ['metadata', '--format-version', '1', '--no-deps']))
const out = join(metadata.target_directory, profile)
const types = join(out, 'esg-node-types')
mkdirSync(types, { recursive: true })

// The macros write the types while they are expanded; the stamp makes Cargo expand them when there are none yet.
const stamp = join(types, 'stamp')
if (!existsSync(join(types, 'esg-node')) || !existsSync(stamp)) writeFileSync(stamp, `${Date.now()}`)
const env = { NAPI_TYPE_DEF_TMP_FOLDER: types, NAPI_FORCE_BUILD_ESG_NODE: readFileSync(stamp, 'utf8') }
const flags = profile === 'release' ? ['--release'] : []
execFileSync(cargo, ['build', '--locked', '--package', 'esg-node', ...flags], {
  cwd: here,
  env: { ...process.env, ...env },
  stdio: ['ignore', 'inherit', 'inherit'],
})

const host = /^host: (.+)$/m.exec(run('rustc', ['-vV']).toString())[1]
const { platformArchABI } = parseTriple(host)
const names = { darwin: 'libesg_node.dylib', win32: 'esg_node.dll' }
const binding = join(here, `esg-node.${platformArchABI}.node`)
// A process that has the old file loaded keeps it: the new one takes its name and not its place.
copyFileSync(join(out, names[process.platform] ?? 'libesg_node.so'), `${binding}.new`)
renameSync(`${binding}.new`, binding)

const config = await readNapiConfig(join(here, 'package.json'))
const { dts, exports } = await generateTypeDef({ typeDefDir: types, dtsHeaderFile: 'header.d.ts', cwd: here })
// What only JavaScript adds to the classes of the binding stands at the end.
const added = readFileSync(join(here, 'footer.d.ts'))
const fresh = join(here, 'index.fresh.d.ts')
// Where all functions of a kind have no types, the tool writes a line `undefined`.
writeFileSync(fresh, dts.replace(/^undefined\n\n?/m, '') + added)
if (process.argv.includes('--types')) copyFileSync(fresh, join(here, 'index.d.ts'))
await writeJsBinding({
  platform: true,
  idents: exports,
  jsBinding: 'binding.cjs',
  binaryName: config.binaryName,
  packageName: config.packageName,
  version: config.packageJson.version,
  outputDir: here,
})
