// The scenarios of the engine bench on the WebAssembly build of core, in Node.js:
// `node bench.mjs MODULE FILE` reads, times and prints as `bench --native FILE` does.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const WARM_MS = 500
const MOST_MS = 20_000
const LEAST_SAMPLES = 5
const MOST_SAMPLES = 201

const [module, file] = process.argv.slice(2)
const { Bench } = createRequire(import.meta.url)(module)

for (const scenario of JSON.parse(readFileSync(file, 'utf8')).scenarios) {
  const xml = readFileSync(join(dirname(file), scenario.form), 'utf8')
  const bench = new Bench(JSON.stringify(scenario), xml)
  const turns = Math.max(scenario.timed.length, 1)
  const seen = scenario.measure === 'operations' ? Array.from({ length: turns }, () => []) : []
  let runs = 0
  const run = () => {
    const turn = runs++ % turns
    const began = performance.now()
    const read = bench.run(turn)
    const time = performance.now() - began
    if (seen.length > 0) seen[turn] = read
    bench.after()
    return time
  }
  const began = performance.now()
  let warm = 0
  for (; performance.now() - began < WARM_MS; warm++) run()
  const times = []
  while (times.length < LEAST_SAMPLES || (times.length < MOST_SAMPLES && performance.now() - began < MOST_MS)) {
    times.push(run())
  }
  times.sort((left, right) => left - right)
  const line = { scenario: scenario.scenario, median_ms: times[Math.floor(times.length / 2)] }
  console.log(JSON.stringify({ ...line, samples: times.length, warm, seen, peak_mib: null }))
}
