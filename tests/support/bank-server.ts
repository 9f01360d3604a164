import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an outside system does with a request. */
export type BankAnswer = (request: IncomingMessage, response: ServerResponse) => unknown;

/** An outside system that answers as it is told. */
export interface BankServer extends Disposable {
  /** Without a slash at its end. */
  readonly url: string;
}

/** Listens on a free port; each request goes to `answer`. Disposing of it cuts every connection. */
export async function startBankServer(answer: BankAnswer): Promise<BankServer> {
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    [Symbol.dispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}
