import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { CATALOGUE } from '../../src/catalogue.ts';
import { loadContract, processOf } from '../../src/chassis/contract/index.ts';
import { OPERATOR } from '../../src/up/certificates/keep-certificates.ts';
import { ROOT, read } from '../support/repository.ts';

const contract = await loadContract();
const ours = contract.methods.filter(({ service }) => service.startsWith('tradewind.'));
const services = [...new Set(ours.map(({ service }) => service))];
const processes = CATALOGUE.filter(({ kind }) => kind !== 'sandbox').map(({ name }) => name);

/** A client that is made in src: `client(UserServiceDefinition, 'user')`. */
interface MadeClient {
  readonly file: string;
  readonly definition: string;
  readonly target: string;
}

/** Whose process the code of a file runs in. */
function processesOf(file: string): readonly string[] {
  const service = /^src\/services\/([^/]+)\//.exec(file)?.[1];
  if (service !== undefined) return [service];
  if (file.startsWith('src/gateway/')) return ['gateway'];
  if (/^src\/(up|cli)\//.test(file)) return [OPERATOR];
  if (file === 'src/authentication.ts') return processes; // given to every process
  throw new Error(`${file} makes a client, and nothing says which process it runs in`);
}

const made: readonly MadeClient[] = (
  await Promise.all(
    (await readdir(join(ROOT, 'src'), { recursive: true }))
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `src/${name}`)
      .map(async (file) => {
        const calls = (await read(file)).matchAll(/\bclient\(\s*(\w+)ServiceDefinition,\s*'(?:\w+:\/\/\/)?([a-z-]+)'/g);
        return [...calls].map(([, definition = '', target = '']) => ({ file, definition, target }));
      }),
  )
).flat();

describe('who may call whom', () => {
  it.each(services)('is said of every RPC of %s', (service) => {
    for (const { path, callers } of ours.filter((method) => method.service === service)) {
      expect([path, callers.names.size]).not.toEqual([path, 0]);
    }
  });

  it('names processes of the suite and the operator, and nobody else', () => {
    const named = new Set(ours.flatMap(({ callers }) => [...callers.names]));
    const known = [...processes, OPERATOR, '*'];
    expect([...named].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('lets the operator call everything, and the gateway for users alone', () => {
    for (const { path, callers } of ours) {
      expect([path, callers.standingOf(OPERATOR)]).toEqual([path, 'inside']);
      if (callers.names.has('*')) continue;
      expect([path, callers.standingOf('gateway')]).toEqual([path, 'for users']);
    }
  });

  it('finds the clients that are made in src', () => {
    expect(made.map(({ definition }) => definition)).toEqual(
      expect.arrayContaining(['Auth', 'User', 'Inventory', 'Payment', 'Order']),
    );
  });

  it.each(made.map((client) => [`${client.definition}Service`, client.file, client] as const))(
    'lets a client of %s be made in %s',
    (_service, file, { definition, target }) => {
      const methods = ours.filter((method) => method.service.endsWith(`.${definition}Service`));
      expect(methods).not.toEqual([]);
      expect(new Set(methods.map(processOf))).toEqual(new Set([target]));
      for (const process of processesOf(file)) {
        const allowed = methods.filter(({ callers }) => callers.standingOf(process) !== undefined);
        // The keys alone of AuthService are for every process; of the others, whoever has a client may call everything.
        expect(allowed.map(({ name }) => name)).toEqual(
          file === 'src/authentication.ts' && process !== 'gateway' ? ['GetJwks'] : methods.map(({ name }) => name),
        );
      }
    },
  );

  it('lets in nobody who has no client: what is allowed is what is used', () => {
    const users = new Map<string, Set<string>>();
    for (const { definition, file } of made.filter(({ file: name }) => name.startsWith('src/services/'))) {
      const known = users.get(definition) ?? new Set();
      users.set(definition, known.add(processesOf(file)[0]!));
    }
    for (const { path, service, callers } of ours.filter((method) => !method.callers.names.has('*'))) {
      const name = service
        .split('.')
        .at(-1)!
        .replace(/Service$/, '');
      const expected = [...(users.get(name) ?? []), OPERATOR, 'gateway'].sort();
      expect([path, [...callers.names].sort()]).toEqual([path, expected]);
    }
  });
});
