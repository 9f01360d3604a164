import type { AddressInfo } from 'node:net';

import { createAgent } from './agent.ts';
import { serveConsul } from './http-api.ts';

/** Prints host:port on the first line, then serves until it is killed. Arguments: port (0: a free one), token. */
const [, , port = '0', token = ''] = process.argv;
const server = serveConsul(createAgent(), token === '' ? undefined : token);
server.listen(Number(port), '127.0.0.1', () => {
  const { port: bound } = server.address() as AddressInfo; // it listens on TCP
  process.stdout.write(`127.0.0.1:${bound}\n`);
});
