import { connect } from 'node:net';

import type pg from 'pg';

/** From the protocol: the code that says "cancel" where a protocol version would stand. */
const CANCEL_REQUEST_CODE = 80_877_102;

/** How long the server is given to take the request. */
const CANCEL_TIMEOUT_MS = 1_000;

/**
 * Asks the server to stop what this connection runs, over a connection of its own, as the protocol wants it. Resolves when the request was
 * taken or could not be brought; whether it came too late shows at the statement only. The server has passed it on before it closes, so a
 * statement sent afterwards is never hit.
 * Source: https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export function cancelBackend(client: pg.ClientBase): Promise<void> {
  const target = client as pg.ClientBase & {
    readonly host: string;
    readonly port: number;
    readonly processID: number;
    readonly secretKey: number;
  }; // public in pg's code, missing from its types
  const packet = Buffer.alloc(16);
  packet.writeInt32BE(packet.length, 0);
  packet.writeInt32BE(CANCEL_REQUEST_CODE, 4);
  packet.writeInt32BE(target.processID, 8);
  packet.writeInt32BE(target.secretKey, 12);
  return new Promise((resolve) => {
    const unixSocket = target.host.startsWith('/');
    const socket = unixSocket ? connect(`${target.host}/.s.PGSQL.${target.port}`) : connect(target.port, target.host);
    socket.setTimeout(CANCEL_TIMEOUT_MS, () => socket.destroy());
    socket.once('connect', () => socket.write(packet));
    socket.once('error', () => socket.destroy()); // 'close' follows
    socket.once('close', () => resolve());
    socket.resume();
  });
}
