// `automerge_client.mjs ADDRESS FOLDER items COUNT BYTES` or `... people`: a client of
// automerge-repo in the phases of phases.mjs. BYTES of noise are in each document, or an integer
// when BYTES is 0.

import { setTimeout as pause } from 'node:timers/promises';

import { Repo } from '@automerge/automerge-repo';
import { WebSocketClientAdapter } from '@automerge/automerge-repo-network-websocket';
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs';

import { noise, quiet, told } from './phases.mjs';

const [address, folder, scenario, count, bytes] = process.argv.slice(2);
let messages = 0;
let last = 0;

class Counting extends WebSocketClientAdapter {
  send(message) {
    this.count();
    super.send(message);
  }

  receiveMessage(bytes) {
    this.count();
    super.receiveMessage(bytes);
  }

  count() {
    messages += 1;
    last = performance.now();
  }
}

await { items, people }[scenario](Number(count), Number(bytes));
process.exit();

function open(name) {
  return new Repo({ storage: new NodeFSStorageAdapter(`${folder}/${name}`), peerId: name });
}

function connect(repo) {
  const adapter = new Counting(`ws://${address}`);
  repo.networkSubsystem.addNetworkAdapter(adapter);
  return adapter;
}

/** Made without a network, sent when there is one, and asked about again. */
async function items(count, bytes) {
  const repo = open('client');
  const value = (place) => (bytes > 0 ? { record: noise(bytes, place) } : { 'costs/training': place });
  const handles = Array.from({ length: count }, (_, place) => repo.create(value(place)));
  const held = Promise.all(handles.map(heldByServer));
  await repo.flush();
  await told('ready');

  let began = performance.now();
  last = began;
  const adapter = connect(repo);
  await held;
  await told('pushed', { seconds: (performance.now() - began) / 1e3, messages });
  await quiet(() => last);
  adapter.disconnect();
  await pause(500);
  await told('left');

  messages = 0;
  began = performance.now();
  last = began;
  connect(repo);
  await quiet(() => last);
  await told('nothing-new', { seconds: (last - began) / 1e3, messages });
}

/** Resolves when the server has told that it has what we have. */
function heldByServer(handle) {
  return new Promise((resolve) => {
    handle.on('remote-heads', ({ heads }) => {
      if (same(heads, handle.heads())) resolve();
    });
  });
}

function same(one, other) {
  return `${[...one].sort()}` === `${[...other].sort()}`;
}

/** Four people at one document, fifty answers each without a network, two hundred questions. */
async function people() {
  const repos = [0, 1, 2, 3].map((place) => open(`person-${place}`));
  let adapters = repos.map(connect);
  const first = repos[0].create({});
  const handles = [first];
  await quiet(() => last);
  for (const repo of repos.slice(1)) handles.push(await repo.find(first.url));
  await quiet(() => last);
  adapters.forEach((adapter) => adapter.disconnect());
  handles.forEach((handle, place) => {
    for (let edit = 0; edit < 50; edit += 1) {
      const path = `q${(place * 50 + edit + (edit % 5)) % 200}`;
      handle.change((document) => {
        document[path] = place * 1_000 + edit + 1;
      });
    }
  });
  await Promise.all(repos.map((repo) => repo.flush()));
  await pause(500);
  await told('ready');

  messages = 0;
  const began = performance.now();
  adapters = repos.map(connect);
  last = performance.now();
  // All have the changes of all when each person's last change is a head everywhere.
  const converged = () =>
    first.heads().length === repos.length && handles.every((handle) => same(handle.heads(), first.heads()));
  while (!converged()) {
    if (performance.now() - began > 30_000) throw new Error('four people do not converge');
    await pause(20);
  }
  const seconds = (performance.now() - began) / 1e3;
  await quiet(() => last);
  await told('converged', { seconds, messages });
}
