// What a client and the bench say to each other: the client prints a line of JSON when a phase
// has ended and goes on when it reads a line, so that the bench can read its counters between.

import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

// A client that waits for what never comes ends the bench of its peer, not all benches.
const LONGEST_MS = 600_000;
setTimeout(() => process.exit(1), LONGEST_MS).unref();

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** Tells the bench that a phase has ended, and waits until it has read what it wants to. */
export async function told(phase, figures = {}) {
  console.log(JSON.stringify({ phase, ...figures }));
  await lines.next();
}

/** Resolves when `last()`, the time of the last message, is `quiet` ms ago. */
export async function quiet(last, quiet = 1_000) {
  while (performance.now() - last() < quiet) await pause(20);
}

/** Bytes that no compression makes smaller, as sealed records are. */
export function noise(length, seed) {
  let state = (seed + 1) * 2_654_435_761;
  return Uint8Array.from({ length }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}
