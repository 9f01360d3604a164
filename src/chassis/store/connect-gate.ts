import pg from 'pg';

import { backoffMs, type Clock, type Random } from '../core/index.ts';

/**
 * Spares a server that lets nobody in: each attempt costs it a process, and one that recovers from a crash, with many who ask it again and again, takes
 * twenty times as long. While it is closed one caller asks at a time, after waits that grow; the others hear at once what the last one heard.
 */
export interface ConnectGate {
  /** Connects, or rejects with what connecting rejected with when somebody last tried. */
  pass<Client>(connect: () => Promise<Client>): Promise<Client>;
}

/** Between two attempts while the server lets nobody in, in milliseconds, with full jitter. */
const WAITS = { baseMs: 50, maxMs: 1_000 };

/** An open one. */
export function createConnectGate({ clock, random }: { readonly clock: Clock; readonly random: Random }): ConnectGate {
  let closed: { readonly error: unknown; readonly untilMs: number; readonly failures: number } | undefined;
  let asking: Promise<unknown> | undefined;

  const close = (error: unknown, failures: number) => {
    closed = { error, failures, untilMs: clock.monotonicMs() + backoffMs(failures, WAITS, random) };
  };

  async function ask<Client>(connect: () => Promise<Client>): Promise<Client> {
    const before = closed;
    try {
      const client = await connect();
      closed = undefined;
      return client;
    } catch (error) {
      if (closed === before) close(error, (before?.failures ?? 0) + 1); // of many who ask at the same time one counts
      throw error;
    }
  }

  return {
    async pass(connect) {
      if (closed !== undefined && asking !== undefined) await asking;
      if (closed === undefined) return ask(connect);
      if (asking !== undefined || clock.monotonicMs() < closed.untilMs) throw closed.error;
      const asked = ask(connect);
      asking = asked.catch(() => undefined).finally(() => (asking = undefined));
      return asked;
    },
  };
}

/** A driver's client whose attempts pass the gate, those among them that a pool makes for whoever has waited for a connection. */
export function throughGate(gate: ConnectGate): new (config?: string | pg.ClientConfig) => pg.Client {
  return class extends pg.Client {
    override connect(): Promise<pg.Client>;
    override connect(callback: (error: Error | null) => void): void;
    override connect(callback?: (error: Error | null) => void): Promise<pg.Client> | void {
      const connected = gate.pass(() => super.connect());
      if (callback === undefined) return connected;
      connected.then(() => callback(null), callback);
    }
  };
}
