'use strict'

// Events that come in: objects, files, buffers, streams.

const { fileURLToPath } = require('node:url')

const native = require('../binding.cjs')
const { Writer, kind } = require('./json.cjs')

/** Characters of lines that are gathered here before they go over, and after which the event loop has its turn. */
const PIECE = 1 << 20

const WHAT = 'objects, paths, buffers of JSON Lines or Arrow IPC, or an iterable or stream of them'

const bytesOf = (value) => {
  if (value instanceof Uint8Array) return value
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  return value instanceof ArrayBuffer || value instanceof SharedArrayBuffer ? new Uint8Array(value) : undefined
}

class Gatherer {
  constructor() {
    this.intake = native.openIntake()
    this.writer = new Writer(true)
    this.text = ''
    this.count = 0
    this.isFull = false
  }

  /** Takes an item of a list: a path where it is text, else bytes or an event. */
  item(item) {
    if (typeof item === 'string') this.file(item)
    else if (item instanceof URL) this.file(fileURLToPath(item))
    else this.chunk(item)
  }

  /** Takes a part of a stream: text and bytes are parts of JSON Lines. */
  chunk(chunk) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : bytesOf(chunk)
    if (bytes === undefined) return this.event(chunk)
    this.flush()
    this.isFull = native.addBytes(this.intake, bytes)
  }

  event(event) {
    if (typeof event !== 'object' || event === null) native.refuse(`events.${this.count}`, kind(event), WHAT)
    this.writer.place.push(this.count)
    this.text += `${this.writer.text(event)}\n`
    this.writer.place.pop()
    this.count += 1
    if (this.text.length >= PIECE) this.flush()
  }

  file(path) {
    native.addFile(this.intake, path)
  }

  flush() {
    if (this.text === '') return
    this.isFull = native.addLines(this.intake, this.text)
    this.text = ''
  }

  /** Takes all that is there at once, and returns what is left to wait for or to walk through. */
  begin(events) {
    if (typeof events === 'string' || events instanceof URL) return this.item(events)
    if (typeof events !== 'object' || events === null) native.refuse('events', kind(events), WHAT)
    if (bytesOf(events)) return this.chunk(events)
    if (typeof events[Symbol.asyncIterator] === 'function' || typeof events[Symbol.iterator] === 'function') return events
    return this.event(events)
  }
}

/** Gathers events that are there. */
function gatherSync(events) {
  const gatherer = new Gatherer()
  const rest = gatherer.begin(events)
  if (rest !== undefined) {
    if (typeof rest[Symbol.iterator] !== 'function') native.refuse('events', 'a stream', 'there at once, or given to calculate()')
    for (const item of rest) gatherer.item(item)
  }
  gatherer.flush()
  return gatherer.intake
}

/** Gathers events that may come later. `full` is called when enough of them wait, and `signal` ends it. */
async function gather(events, { signal }, full = native.settle) {
  const gatherer = new Gatherer()
  const rest = gatherer.begin(events)
  const turn = async () => {
    gatherer.isFull = false
    await full(gatherer.intake)
    signal?.throwIfAborted()
  }
  if (rest !== undefined && typeof rest[Symbol.asyncIterator] === 'function') {
    for await (const chunk of rest) {
      gatherer.chunk(chunk)
      if (gatherer.isFull) await turn()
    }
  } else if (rest !== undefined) {
    let before = 0
    for (const item of rest) {
      gatherer.item(item)
      if (gatherer.isFull) await turn()
      if (gatherer.text.length < before) await new Promise(setImmediate)
      before = gatherer.text.length
    }
  }
  gatherer.flush()
  signal?.throwIfAborted()
  return gatherer.intake
}

module.exports = { gather, gatherSync }
