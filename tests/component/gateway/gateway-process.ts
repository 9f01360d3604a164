import { connect } from 'node:net';
import { Writable } from 'node:stream';

import {
  ProductServiceDefinition,
  type ProductServiceImplementation,
} from '../../../gen/tradewind/product/v1/product.ts';
import { defineService, startService } from '../../../src/chassis/lifecycle/index.ts';
import { bind } from '../../../src/chassis/server/index.ts';
import { gatewayService } from '../../../src/gateway/service.ts';
import { startUserProcess } from '../user/user-process.ts';

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Parsed where it is JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every shape
  readonly body: any;
}

/** What is sent beside method and path. */
export interface Sending {
  /** Sent as JSON; text as it is. */
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The gateway and the user process, found through one etcd; `product` stands in for the product process. */
export type Gateway = Awaited<ReturnType<typeof startGateway>>;

/** Starts them; `product` answers the RPCs it has; `environment` is the gateway's own. */
export async function startGateway({
  product = {} as Partial<ProductServiceImplementation>,
  environment = {} as Record<string, string>,
} = {}) {
  const user = await startUserProcess();
  const log: string[] = [];
  const logTo = new Writable({
    write(chunk, _encoding, done) {
      log.push(String(chunk));
      done();
    },
  });
  const standIn = defineService({
    name: 'product',
    wire: async () => ({ grpc: [bind(ProductServiceDefinition, complete(product))] }),
  });
  const authentication = () => async (token: string) => ({ userId: token, roles: [] }); // verified by the gateway
  const behind = await startService(standIn, user.shared, { authentication, logTo });
  const gateway = await startService(gatewayService, { ...user.shared, ...environment }, { logTo });
  const base = `http://${gateway.grpc}`;

  async function call(method: string, path: string, sending: Sending = {}): Promise<Answer> {
    const { body, token, headers, signal } = sending;
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
    const text = await response.text();
    const isJson = text !== '' && response.headers.get('content-type')?.startsWith('application/json') === true;
    return { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : text };
  }

  return {
    user,
    log,
    base,
    admin: `http://${gateway.http}`,
    call,
    /** Bytes to the gateway's port, and all that comes back until it hangs up. */
    raw: (bytes: string) => rawAnswer(Number(new URL(base).port), bytes),
    stop: () => gateway.stop(),
    async close() {
      await gateway.stop();
      await behind.stop();
      await user.close();
    },
  };
}

function complete(product: Partial<ProductServiceImplementation>): ProductServiceImplementation {
  const missing = Object.keys(ProductServiceDefinition.methods).map((name) => [
    name,
    () => {
      throw new Error(`the test does not serve ${name}`);
    },
  ]);
  return { ...Object.fromEntries(missing), ...product } as ProductServiceImplementation;
}

function rawAnswer(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
    socket.on('data', (chunk) => (text += chunk.toString('utf8')));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

/** The reason in a google.rpc.Status; fails on a body that is none. */
export function reasonOf({ body }: Answer): string {
  const info = body.details[0];
  if (info['@type'] !== 'type.googleapis.com/google.rpc.ErrorInfo') throw new Error(JSON.stringify(body));
  return info.reason;
}
