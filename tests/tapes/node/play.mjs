// Plays a file of tapes on the WebAssembly build of core and compares each step with what the
// native build made of it: `node play.mjs MODULE TAPES.json.gz NATIVE`, where NATIVE is the
// output of `conformance tapes TAPES.json.gz --failures`.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gunzipSync } from 'node:zlib'

const [module, file, native] = process.argv.slice(2)
const { playTapes } = createRequire(import.meta.url)(module)
const played = JSON.parse(playTapes(gunzipSync(readFileSync(file)).toString('utf8')))
const name = (tape, step) => `${tape} step ${step}`

const differing = new Set()
let total = 0
for (const { id, steps } of played) {
  for (const [number, step] of steps.entries()) {
    total += 1
    if (step.differs !== undefined) differing.add(name(id, number))
  }
}

const lines = readFileSync(native, 'utf8').trim().split('\n').map((line) => JSON.parse(line))
const summary = lines.pop()
const natively = new Set(lines.map(({ tape, step }) => name(tape, step)))
const only = (left, right) => [...left].filter((step) => !right.has(step))
const here = only(differing, natively)
const there = only(natively, differing)

console.log(JSON.stringify({ suite: 'tapes', build: 'wasm32', total, passed: total - differing.size }))
if (total !== summary.total || here.length + there.length > 0) {
  console.error(`WebAssembly and native differ: ${total} and ${summary.total} steps;`, { here, there })
  process.exitCode = 1
}
