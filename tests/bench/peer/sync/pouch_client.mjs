// `pouch_client.mjs ADDRESS FOLDER items COUNT BYTES`: a client of PouchDB that replicates to a
// server, in the phases of phases.mjs. BYTES of noise (in base64) are in each document, or an
// integer when BYTES is 0.

import PouchDB from 'pouchdb';

import { noise, told } from './phases.mjs';

const [address, folder, , count, bytes] = process.argv.slice(2);
// As many as our own client puts into a request; the default of 100 makes ten times the requests.
const A_BATCH = 1_000;
let messages = 0;

const local = new PouchDB(`${folder}/client`);
const remote = new PouchDB(`http://${address}/items`, {
  fetch: (url, options) => {
    // A request and its reply.
    messages += 2;
    return PouchDB.fetch(url, options);
  },
});
const documents = Array.from({ length: Number(count) }, (_, place) => value(place, Number(bytes)));
await local.bulkDocs(documents);
await remote.info();
await told('ready');
await told('pushed', await replicate(documents.length));
await told('left');
await told('nothing-new', await replicate(0));
process.exit();

function value(place, bytes) {
  if (bytes > 0) return { record: Buffer.from(noise(bytes, place)).toString('base64') };
  return { 'costs/training': place };
}

async function replicate(expected) {
  messages = 0;
  const began = performance.now();
  const { docs_written, ok } = await local.replicate.to(remote, { batch_size: A_BATCH });
  if (!ok || docs_written !== expected) throw new Error(`${docs_written} documents were written`);
  return { seconds: (performance.now() - began) / 1e3, messages };
}
