import { connect, type TLSSocket } from 'node:tls';

import { CallCredentials, ChannelCredentials, type experimental } from '@grpc/grpc-js';

import { reasonOf, wrongServer, type ProcessIdentity } from '../identity/index.ts';

/** How one endpoint's connections are secured. */
export interface ProcessCredentialsOptions {
  readonly identity: ProcessIdentity;
  /** Who must answer: "order"; undefined: any process of the suite. */
  readonly expected: string | undefined;
  /** Told of each connection that did not come about, in words for people. */
  readonly onRefused: (reason: string) => void;
}

/** A server's first frame, SETTINGS, is 9 bytes at least, in a TLS record of 22; a farewell alone, an alert, is 24 in all. */
const LEAST_ANSWER_BYTES = 31;

/**
 * Mutual TLS 1.3 for a grpc-js channel: every connection shows and believes what the identity says at that moment, and the
 * one who answers is known by the name in its certificate, whatever host it was found at. (grpc-js's own credentials fix
 * their certificates, or take each that a provider reads, and say nothing of versions.)
 */
export class ProcessCredentials extends ChannelCredentials {
  private readonly options: ProcessCredentialsOptions;

  constructor(options: ProcessCredentialsOptions) {
    super();
    this.options = options;
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    ...[, , callCredentials = CallCredentials.createEmpty()]: Parameters<ChannelCredentials['_createSecureConnector']>
  ): experimental.SecureConnector {
    return {
      connect: async (socket) => ({ socket: await this.handshake(socket), secure: true }),
      waitForReady: async () => undefined, // the identity was read before there was a channel
      getCallCredentials: () => callCredentials,
      destroy: () => undefined,
    };
  }

  private handshake(socket: Parameters<experimental.SecureConnector['connect']>[0]): Promise<TLSSocket> {
    const { identity, expected, onRefused } = this.options;
    return new Promise((resolve, reject) => {
      const secured = connect({
        ...{ socket, secureContext: identity.context, ALPNProtocols: ['h2'] },
        checkServerIdentity(_host, { subjectaltname }) {
          const wrong = wrongServer(subjectaltname, expected);
          return wrong === undefined ? undefined : new Error(wrong);
        },
      });
      let bytesOfHandshake = Infinity;
      let isTold = false;
      const end = (error: Error, reason: string) => {
        // In TLS 1.3 a client is done before the server has looked at its certificate: silence from there on is an answer.
        const wasAnswered = secured.bytesRead - bytesOfHandshake >= LEAST_ANSWER_BYTES;
        if (!isTold && !wasAnswered) onRefused(reason);
        isTold = true;
        reject(error);
      };
      secured.once('secureConnect', () => {
        bytesOfHandshake = secured.bytesRead;
        resolve(secured);
      });
      secured.on('error', (error) => end(error, reasonOf(error)));
      secured.once('close', () => end(new Error('the connection was closed'), silence(identity.process)));
    });
  }
}

function silence(process: string): string {
  return `it ended the connection at once: it does not take the certificate of ${process}, perhaps`;
}
