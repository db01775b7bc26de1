// `automerge_server.mjs FOLDER`: a sync server as `@automerge/automerge-repo-sync-server` makes one,
// of the packages that are released now; prints {"port"}. It ends with its standard input.

import { createServer } from 'node:http';

import { Repo } from '@automerge/automerge-repo';
import { WebSocketServerAdapter } from '@automerge/automerge-repo-network-websocket';
import { NodeFSStorageAdapter } from '@automerge/automerge-repo-storage-nodefs';
import { WebSocketServer } from 'ws';

const http = createServer();
new Repo({
  network: [new WebSocketServerAdapter(new WebSocketServer({ server: http }))],
  storage: new NodeFSStorageAdapter(process.argv[2]),
  peerId: 'server',
  // It does not offer documents to those who did not ask for them, as the sync server's does.
  sharePolicy: async () => false,
});
http.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: http.address().port })));
process.stdin.on('end', () => process.exit()).resume();
