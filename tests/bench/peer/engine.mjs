// Runs scenarios on `@getodk/xforms-engine` and prints a line of JSON for each:
// {"scenario","median_ms","samples","warm","seen","peak_mib"}. The file named on the command
// line is what tests/bench/engine_scenarios.rs describes; README.md says how this is fair.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { JSDOM } from 'jsdom';

// The engine is built for browsers; its own tests in Node put jsdom beneath it as well.
const { window } = new JSDOM('');
for (const name of ['DOMParser', 'XMLSerializer', 'Node', 'Element', 'Attr', 'Text', 'CDATASection',
  'Comment', 'ProcessingInstruction', 'Document', 'XMLDocument', 'XPathResult', 'XPathEvaluator',
  'NodeFilter', 'DocumentFragment', 'CharacterData', 'document']) {
  globalThis[name] ??= window[name];
}
// Its expression parser asks Node for the folder of a CommonJS module, and does not use it.
globalThis.__dirname = '/';
const { loadForm } = await import('@getodk/xforms-engine');

// V8 has optimised what it will when a scenario has run for so long.
const WARM_MS = 2_000;
const WARM_RUNS = 10;
// Slow scenarios end sooner, with at least so many samples.
const MOST_MS = 8_000;
const LEAST_SAMPLES = 3;
const MOST_SAMPLES = 101;

const file = process.argv[2];
const { scenarios } = JSON.parse(readFileSync(file, 'utf8'));

for (const scenario of scenarios) {
  const xml = readFileSync(join(dirname(file), scenario.form), 'utf8');
  const run = scenario.measure === 'operations' ? await onOneForm(scenario, xml) : opening(scenario, xml);
  const { times, warm, seen } = await measured(run);
  const peak_mib = process.resourceUsage().maxRSS / 1_024;
  const figures = { median_ms: median(times), samples: times.length, warm, seen, peak_mib };
  console.log(JSON.stringify({ scenario: scenario.scenario, ...figures }));
}

async function load(xml) {
  const missing = async () => ({ ok: false, status: 404, text: async () => '', blob: async () => new Blob() });
  const form = await loadForm(xml, { fetchFormAttachment: missing, missingResourceBehavior: 'BLANK' });
  if (form.status === 'failure') throw form.error;
  return form;
}

/** A run that parses the form, creates an instance, or both. */
function opening({ measure }, xml) {
  let parsed;
  return async () => {
    if (measure === 'create') parsed ??= await load(xml);
    const began = performance.now();
    const form = parsed ?? (await load(xml));
    if (measure !== 'parse') form.createInstance();
    return { time: performance.now() - began, seen: [] };
  };
}

/** A run that performs the next of the timed operations on one instance. */
async function onOneForm({ before, timed, after }, xml) {
  const { root } = (await load(xml)).createInstance();
  const nodes = new Map();
  const perform = (operation) => Array.from({ length: operation.times ?? 1 }, () => act(root, nodes, operation)).at(-1);
  before.forEach(perform);
  let runs = 0;
  const seen = timed.map(() => []);
  return () => {
    const turn = runs++ % timed.length;
    const began = performance.now();
    const read = timed[turn].map(perform);
    const time = performance.now() - began;
    after.forEach(perform);
    seen[turn] = read.filter((text) => text !== undefined);
    return { time, seen };
  };
}

function act(root, nodes, { do: verb, path, value }) {
  const node = nodes.get(path) ?? find(root, path);
  if (node === undefined) throw new Error(`${path} is not in the form`);
  nodes.set(path, node);
  const { length } = node.currentState.children ?? [];
  switch (verb) {
    case 'set':
      return void (node.nodeType === 'select' ? node.selectValue(value) : node.setValue(value));
    case 'add':
      return void node.addInstances(length - 1, 1);
    case 'remove':
      return void node.removeInstances(length - 1, 1);
    case 'read':
      return `${node.currentState.value}`;
    case 'options':
      return `${node.currentState.valueOptions.length}`;
    default:
      throw new Error(`there is no operation ${verb}`);
  }
}

function find(node, path) {
  const { reference, children } = node.currentState;
  if (reference === path) return node;
  return path.startsWith(reference) ? children?.map((child) => find(child, path)).find(Boolean) : undefined;
}

async function measured(run) {
  const began = performance.now();
  const since = () => performance.now() - began;
  let warm = 0;
  while ((since() < WARM_MS || warm < WARM_RUNS) && since() < MOST_MS) {
    await run();
    await turn();
    warm += 1;
  }
  const ends = since() + MOST_MS;
  const times = [];
  let seen;
  while (times.length < LEAST_SAMPLES || (times.length < MOST_SAMPLES && since() < ends)) {
    const sample = await run();
    await turn();
    times.push(sample.time);
    ({ seen } = sample);
  }
  return { times, warm, seen };
}

/** A turn of the event loop, without which nothing that a WeakRef was asked for is freed. */
function turn() {
  return new Promise(setImmediate);
}

function median(times) {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length / 2)];
}
