import { setTimeout as delay } from 'node:timers/promises';

import { startEchoServer } from './echo-server.ts';

/** Prints its address on the first line, then serves until it is killed. */
const [, , name = 'echo', delayMs = '0'] = process.argv;
const server = await startEchoServer(name, {
  async read(request) {
    await delay(Number(delayMs));
    return { locale: name, message: request.message ?? '' };
  },
});
process.stdout.write(`${server.address}\n`);
