// `pouch_server.mjs FOLDER`: pouchdb-server as its command starts it, on a free port and with its
// files in FOLDER; prints {"port"}. It ends with its standard input.

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

const folder = process.argv[2];
mkdirSync(folder, { recursive: true });
// It writes its log where it is started. Only errors are logged, as by our server.
process.chdir(folder);
const config = `${folder}/config.json`;
writeFileSync(config, JSON.stringify({ log: { level: 'error' }, pouchdb_server: { 'no-stdout-logs': true } }));
const port = await free();
process.argv.splice(2, 1, '--port', `${port}`, '--dir', folder, '--config', config);
// Standard output is the bench's.
const { log } = console;
console.log = () => {};
await import('pouchdb-server');
while (!(await answers())) await pause(50);
log(JSON.stringify({ port }));
process.stdin.on('end', () => process.exit()).resume();

async function answers() {
  return fetch(`http://127.0.0.1:${port}/`).then(({ ok }) => ok, () => false);
}

function free() {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
