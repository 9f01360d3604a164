import { connect } from 'node:net';

import type pg from 'pg';

import type { Clock, Timer } from '../core/index.ts';
import type { CallLimits } from './call-limits.ts';

/** From the protocol: the code that says "cancel" where a protocol version would stand. */
const CANCEL_REQUEST_CODE = 80_877_102;

/** How long a statement may go on after the server was asked to stop it; then the connection is cut. */
const CANCEL_GRACE_MS = 2_000;

/**
 * A request that overtakes its statement on the way stops nothing, so while the statement goes on it is made again: after so
 * long, then after twice as long, and so on.
 */
const ASK_AGAIN_MS = 25;

/** How long the server is given to take the request. */
const CANCEL_TIMEOUT_MS = 1_000;

/** The watch over one statement. */
export interface CancelWatch {
  /** Whether the server was asked to stop the statement. */
  requested(): boolean;
  /** Ends the watch; resolves when no request of ours can reach the connection's next statement. */
  end(): Promise<void>;
}

/** Has the server stop what the connection runs as soon as a limit is over. */
export function cancelWhenOver(
  client: pg.ClientBase & { end(): Promise<void> },
  limits: CallLimits,
  clock: Clock,
): CancelWatch {
  let taken: Promise<void> | undefined;
  let again: Timer | undefined;
  let cut: Timer | undefined;
  let hasEnded = false;
  const ask = async (pauseMs: number): Promise<void> => {
    await cancelBackend(client);
    if (!hasEnded) again = clock.setTimer(pauseMs, () => void (taken = ask(2 * pauseMs)));
  };
  const stopWaiting = limits.onOver(() => {
    cut ??= clock.setTimer(CANCEL_GRACE_MS, () => void client.end());
    taken ??= ask(ASK_AGAIN_MS);
  });
  return {
    requested: () => taken !== undefined,
    async end() {
      hasEnded = true;
      stopWaiting();
      again?.cancel();
      cut?.cancel();
      await taken;
    },
  };
}

/**
 * Asks the server to stop what this connection runs, over a connection of its own, as the protocol wants it. Resolves when the request was
 * taken or could not be brought; whether it came too late shows at the statement only. The server has passed it on before it closes, so a
 * statement sent afterwards is never hit.
 * Source: https://www.postgresql.org/docs/18/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
function cancelBackend(client: pg.ClientBase): Promise<void> {
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
