'use strict'

// Long calls: told how far they are, and ended by an `AbortSignal`.

const native = require('../binding.cjs')
const { kind } = require('./json.cjs')

/** Milliseconds between two looks at how far the work is. */
const LOOK_MS = 50

/** Options by name, of which none need be given. */
function given(options) {
  if (options === undefined || options === null) return {}
  if (typeof options !== 'object' || Array.isArray(options)) {
    native.refuse('options', kind(options), 'an object of names and values')
  }
  return options
}

/** Refuses names that nobody knows. */
function none(others, known) {
  for (const name of Object.keys(others)) native.refuse(name, 'given', `one of ${known}`)
}

/** The options of a call that are JavaScript's own, and the rest. */
function split(options) {
  const { signal, onProgress, ...rest } = given(options)
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    native.refuse('signal', kind(signal), 'an AbortSignal')
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    native.refuse('onProgress', kind(onProgress), 'a function of (done, total)')
  }
  return [{ signal, onProgress }, rest]
}

/** Waits for what cannot be told to stop; the caller no longer does after an abort. */
const unlessAborted = ({ signal }, work) => run({ signal }, work)

/**
 * Runs long work, which is a function that takes a call and returns a promise. An abort rejects at once with the reason of
 * the signal; the work ends where it next asks.
 */
async function run({ signal, onProgress }, work) {
  signal?.throwIfAborted()
  const call = native.openCall()
  let told = ''
  const look = () => {
    const [done, total] = native.callProgress(call)
    if (total === 0 || told === `${done}/${total}`) return
    told = `${done}/${total}`
    if (onProgress(done, total) === false) native.stopCall(call)
  }
  let timer
  let abort
  const ended = new Promise((_, reject) => {
    const end = (reason) => {
      native.stopCall(call)
      reject(reason)
    }
    abort = () => end(signal.reason)
    signal?.addEventListener('abort', abort, { once: true })
    if (onProgress) {
      timer = setInterval(() => {
        try {
          look()
        } catch (error) {
          end(error)
        }
      }, LOOK_MS)
    }
  })
  try {
    const answer = await Promise.race([work(call), ended])
    if (onProgress) look()
    return answer
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', abort)
  }
}

module.exports = { given, none, run, split, unlessAborted }
