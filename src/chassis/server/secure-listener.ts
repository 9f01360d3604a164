import type { AddressInfo, Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';

import { ServerCredentials, type Server as GrpcServer } from '@grpc/grpc-js';

import { judgePeer, reasonOf, type ProcessIdentity } from '../identity/index.ts';

/** A port that lets in nobody without a certificate of the suite. */
export interface SecureListener {
  readonly port: number;
  /** Takes no further connections; those that are there stay. */
  stop(): void;
  /** Ends every connection, those in their handshake too. Idempotent. */
  close(): void;
}

/** A peer that takes longer is not at it any more, in milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 5_000;

/**
 * Listens, and hands grpc-js the connections whose peer has proved who it is. grpc-js's own TLS servers say nothing about
 * those they refuse and ask for no version of TLS; here both are ours, and so is the moment from which other certificates
 * are shown. Rejects when the address is taken.
 */
export async function listenSecurely(
  grpc: GrpcServer,
  identity: ProcessIdentity,
  address: { readonly host: string; readonly port: number },
): Promise<SecureListener> {
  const injector = grpc.createConnectionInjector(ServerCredentials.createInsecure()); // what it is given is secured already
  const server = createServer({
    ...identity.contextOptions,
    requestCert: true,
    rejectUnauthorized: false, // judged below: Node would drop the connection without a word about whose it was
    ALPNProtocols: ['h2'],
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  const stopFollowing = identity.events.on('rotated', () => server.setSecureContext(identity.contextOptions));

  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  const refuse = (peer: string, reason: string) => identity.refuse({ side: 'server', peer, reason });
  server.on('secureConnection', (socket: TLSSocket) => {
    const peer = peerOf(socket);
    socket.on('error', () => undefined); // grpc-js sees it at the session; without a listener here it would end the process
    const verdict = judgePeer(socket);
    if (verdict.kind === 'accepted' && socket.alpnProtocol === 'h2') return injector.injectConnection(socket);
    refuse(peer, verdict.kind === 'refused' ? verdict.reason : 'it does not speak HTTP/2');
    socket.destroy();
  });
  server.on('tlsClientError', (error: Error, socket: TLSSocket) => refuse(peerOf(socket), reasonOf(error)));

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, resolve);
  });
  // From here on: a connection that could not be accepted, for want of file descriptors.
  server.on('error', (error) => refuse('unknown:0', reasonOf(error)));
  const stop = () => {
    stopFollowing();
    server.close();
  };
  return {
    port: (server.address() as AddressInfo).port, // it listens on TCP
    stop,
    close() {
      stop();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function peerOf({ remoteAddress = 'unknown', remotePort = 0 }: Socket): string {
  return `${remoteAddress}:${remotePort}`;
}
