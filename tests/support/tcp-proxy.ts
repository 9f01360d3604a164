import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What the network between the two ends does, to connections that are there and to new ones. */
export type TcpFault =
  /** Everything passes. What a black hole or a half-open link held back passes now, as TCP would send it again. */
  | { readonly kind: 'none' }
  /** Everything passes `ms` later, in order, in each direction. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Connections are accepted and stay; no byte and no end passes, in neither direction. */
  | { readonly kind: 'black hole' }
  /** Only one direction passes: the peer hears everything and is not heard, or the other way round. */
  | { readonly kind: 'half open'; readonly passes: 'to server' | 'to client' }
  /** Connections are reset, new ones as soon as they are accepted. */
  | { readonly kind: 'reset' }
  /** Connections are reset and nobody listens: ECONNREFUSED. */
  | { readonly kind: 'refuse' };

/** A TCP proxy on 127.0.0.1 in front of one server, for tests that cut, freeze and delay. Whoever started it closes it. */
export interface TcpProxy extends AsyncDisposable {
  /** host:port to connect to; stays the same. */
  readonly address: string;
  readonly port: number;
  readonly fault: TcpFault;
  /** Connections that are open now. */
  readonly connections: number;
  /** Connections accepted so far. */
  readonly accepted: number;
  /** Bytes passed on so far, both directions. */
  readonly passedBytes: number;
  /** Changes the weather. Resolves when it holds; never rejects but for a port that was taken while nobody listened. */
  set(fault: TcpFault): Promise<void>;
  /** Resets every connection that is there now; new ones live under the fault that is set. */
  cut(): void;
  /** Idempotent. */
  close(): Promise<void>;
}

type Direction = 'to server' | 'to client';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
}

/** Starts the proxy in front of host:port, which is connected to anew for each connection and need not be there yet. */
export async function startTcpProxy(upstream: string): Promise<TcpProxy> {
  const { hostname, port: upstreamPort } = new URL(`tcp://${upstream}`);
  const links = new Set<Link>();
  let fault: TcpFault = { kind: 'none' };
  let accepted = 0;
  let passedBytes = 0;

  const passes = (direction: Direction) =>
    fault.kind === 'none' || fault.kind === 'delay' || (fault.kind === 'half open' && fault.passes === direction);

  const applyTo = ({ client, server }: Link) => {
    for (const [source, direction] of [
      [client, 'to server'],
      [server, 'to client'],
    ] as const) {
      if (passes(direction)) source.resume();
      else source.pause();
    }
  };

  const pump = (link: Link, source: Socket, target: Socket, direction: Direction) => {
    source.on('data', (chunk: Buffer) => {
      const send = () => {
        passedBytes += chunk.length;
        if (target.destroyed || target.write(chunk)) return;
        source.pause();
        target.once('drain', () => applyTo(link));
      };
      later(fault, send);
    });
    source.on('end', () => later(fault, () => target.end()));
    // A peer that vanished behind a black hole is noticed by nobody.
    source.on('error', () => {
      if (passes(direction)) reset(target);
    });
    source.on('close', () => {
      if (passes(direction)) later(fault, () => target.destroy());
      if (target.destroyed) links.delete(link);
    });
  };

  const accept = (client: Socket) => {
    accepted += 1;
    if (fault.kind === 'reset' || fault.kind === 'refuse') return reset(client);
    const link = { client, server: connect(Number(upstreamPort), hostname) };
    links.add(link);
    for (const socket of [link.client, link.server]) socket.setNoDelay(true);
    pump(link, link.client, link.server, 'to server');
    pump(link, link.server, link.client, 'to client');
    applyTo(link);
  };

  const cut = () => {
    for (const { client, server } of [...links]) {
      reset(client);
      reset(server);
    }
  };

  let listening: Server | undefined = await listen(accept, 0);
  const { port } = listening.address() as AddressInfo; // a TCP server has one

  const set = async (next: TcpFault) => {
    fault = next;
    if (next.kind === 'reset' || next.kind === 'refuse') cut();
    for (const link of links) applyTo(link);
    if (next.kind === 'refuse' && listening !== undefined) {
      const closing = listening;
      listening = undefined;
      await closed(closing);
    } else if (next.kind !== 'refuse' && listening === undefined) {
      listening = await listen(accept, port);
    }
  };
  const close = async () => {
    await set({ kind: 'refuse' });
  };

  return {
    address: `127.0.0.1:${port}`,
    port,
    get fault() {
      return fault;
    },
    get connections() {
      return links.size;
    },
    get accepted() {
      return accepted;
    },
    get passedBytes() {
      return passedBytes;
    },
    set,
    cut,
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A socket whose end is on its way cannot be reset: Node would keep its handle for ever. */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

/** Timers of one length fire in the order they were set, so bytes stay in order. */
function later(fault: TcpFault, act: () => void): void {
  if (fault.kind === 'delay') setTimeout(act, fault.ms);
  else act();
}

/** A port given up a moment ago may be in somebody's hands for another: tried again for a second. */
async function listen(accept: (client: Socket) => void, port: number): Promise<Server> {
  for (let attempt = 1; ; attempt++) {
    const server = createServer({ allowHalfOpen: true }, accept);
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
      return server;
    } catch (error) {
      if (attempt === 20) throw error;
      await delay(50);
    }
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
