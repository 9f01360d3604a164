import { createSocket } from 'node:dgram';
import { once } from 'node:events';

import { AUTHORITATIVE_ANSWER, decode, encode, type Answer, type Packet } from 'dns-packet';

/** A name server on 127.0.0.1, over UDP. Whoever started it closes it. */
export interface DnsServer extends AsyncDisposable {
  /** address:port, for Resolver.setServers. */
  readonly address: string;
  /** How many questions have come. */
  readonly questions: number;
  /** Everything there is from now on; a name with no records at all is not there (NXDOMAIN). */
  set(records: readonly DnsRecord[]): void;
  /** 'refuse' answers SERVFAIL, 'silent' nothing. */
  behave(how: 'answer' | 'refuse' | 'silent'): void;
}

/** One record. */
export type DnsRecord =
  | { readonly type: 'A' | 'AAAA'; readonly name: string; readonly data: string }
  | {
      readonly type: 'SRV';
      readonly name: string;
      readonly data: {
        readonly target: string;
        readonly port: number;
        readonly weight: number;
        readonly priority: number;
      };
    };

const [SERVFAIL, NXDOMAIN] = [2, 3];

/** Starts one that knows nothing yet. */
export async function startDnsServer(): Promise<DnsServer> {
  const socket = createSocket('udp4');
  let records: readonly DnsRecord[] = [];
  let how: 'answer' | 'refuse' | 'silent' = 'answer';
  let questions = 0;

  socket.on('message', (message, from) => {
    questions += 1;
    const { id = 0, questions: asked = [] } = decode(message);
    if (how === 'silent') return;
    const [question] = asked;
    const named = records.filter(({ name }) => name.toLowerCase() === question?.name.toLowerCase());
    const answers = named
      .filter(({ type }) => type === question?.type)
      .map((record) => ({ ...record, ttl: 1 }) as Answer);
    const code = how === 'refuse' ? SERVFAIL : named.length === 0 ? NXDOMAIN : 0;
    const reply: Packet = { type: 'response', id, flags: AUTHORITATIVE_ANSWER | code, questions: asked, answers };
    socket.send(encode(how === 'refuse' ? { ...reply, answers: [] } : reply), from.port, from.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');

  return {
    address: `127.0.0.1:${socket.address().port}`,
    get questions() {
      return questions;
    },
    set(next) {
      records = next;
    },
    behave(next) {
      how = next;
    },
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
