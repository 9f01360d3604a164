import { appendFileSync, closeSync, mkdirSync, openSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { LocalizedMessage } from '../../gen/google/rpc/error_details.ts';
import { text } from '../../src/chassis/config/index.ts';
import { defineService } from '../../src/chassis/lifecycle/index.ts';
import { bind } from '../../src/chassis/server/index.ts';

/**
 * A service whose effects can be counted from outside, in its replicas' common folder, whoever of them dies. Answers say
 * in `locale` which replica they come from.
 */
export const CounterServiceDefinition = {
  name: 'CounterService',
  fullName: 'tradewind.test.v1.CounterService',
  methods: {
    /** Answers the message. */
    read: method('Read', false, { idempotencyLevel: 'NO_SIDE_EFFECTS' }),
    /** Applies the message, an id, once however often it comes. */
    add: method('Add', false, { idempotencyLevel: 'IDEMPOTENT' }),
    /** Applies the message as often as it comes: not safe to repeat. */
    append: method('Append', false, {}),
    /** Counts on from the message, a position, one in `locale` milliseconds, without end. */
    follow: method('Follow', true, { idempotencyLevel: 'NO_SIDE_EFFECTS' }),
  },
} as const;

/** What the replicas did. */
export interface CounterRecord {
  /** The ids that were added. */
  readonly added: ReadonlySet<string>;
  /** How often each id was appended. */
  readonly appended: ReadonlyMap<string, number>;
}

/** Reads the folder. */
export function readCounterRecord(folder: string): CounterRecord {
  const appended = new Map<string, number>();
  for (const id of readFileSync(join(folder, 'appended'), 'utf8').split('\n')) {
    if (id !== '') appended.set(id, (appended.get(id) ?? 0) + 1);
  }
  return { added: new Set(readdirSync(join(folder, 'added'))), appended };
}

/** Makes an empty folder ready. */
export function prepareCounterFolder(folder: string): void {
  mkdirSync(join(folder, 'added'));
  appendFileSync(join(folder, 'appended'), '');
}

/** The service as its process runs it: registered, drained, measured as any other. */
export function counterService() {
  return defineService({
    name: 'counter',
    configuration: { FOLDER: text('Where the replicas write down what they did.') },
    async wire({ config, clock, instance }) {
      const answer = (message: string) => ({ locale: instance, message });
      return {
        grpc: [
          bind(CounterServiceDefinition, {
            read: async ({ message }) => answer(message),
            async add({ message }) {
              addOnce(join(config.FOLDER, 'added', message));
              return answer(message);
            },
            async append({ message }) {
              appendFileSync(join(config.FOLDER, 'appended'), `${message}\n`); // one write: all of it or nothing
              return answer(message);
            },
            async *follow({ locale, message }, { signal }) {
              for (let position = BigInt(message) + 1n; !signal.aborted; position += 1n) {
                yield answer(String(position));
                await clock.sleep(Number(locale), signal);
              }
            },
          }),
        ],
      };
    },
  });
}

/** The file system decides which replica is first. */
function addOnce(path: string): void {
  try {
    closeSync(openSync(path, 'wx'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function method<Name extends string, ResponseStream extends boolean>(
  name: Name,
  responseStream: ResponseStream,
  options: { idempotencyLevel?: 'NO_SIDE_EFFECTS' | 'IDEMPOTENT' },
) {
  return {
    name,
    requestType: LocalizedMessage,
    requestStream: false,
    responseType: LocalizedMessage,
    responseStream,
    options,
  } as const;
}
