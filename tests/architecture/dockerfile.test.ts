import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { CATALOGUE } from '../../src/catalogue.ts';
import { dockerfile, type Stage } from '../support/deployment.ts';
import { ROOT, manifest, read } from '../support/repository.ts';

const stages = await dockerfile();
const stage = (name: string): Stage => {
  const found = stages.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`the Dockerfile has no stage ${name}`);
  return found;
};
const texts = ({ instructions }: Stage, name: string) =>
  instructions.filter((instruction) => instruction.name === name).map(({ text }) => text);

/** What a stage takes from the build context, as [path, path in the image]. */
const fromContext = (from: Stage) =>
  texts(from, 'COPY')
    .filter((text) => !text.startsWith('--from='))
    .flatMap((text) => {
      const paths = text.split(' ');
      const target = paths.pop() ?? '';
      return paths.map(
        (path) => [path, target.endsWith('/') ? posix.join(target, posix.basename(path)) : target] as const,
      );
    });

describe('Dockerfile', () => {
  it('builds in one stage and runs in another, on the same Node, and names no registry host', async () => {
    expect(stages.map(({ name }) => name)).toEqual(['build', 'etcd', 'suite']);
    expect(stage('suite').base).toBe(stage('build').base);
    const version = (await manifest()).devDependencies['node'] ?? '';
    expect(stage('suite').base).toMatch(new RegExp(`^node:${version.split('.')[0]}-`));
    for (const { base } of stages) expect(base).not.toContain('/');
  });

  it('copies files that are there and that .dockerignore lets through, to where they are in the project', async () => {
    const ignore = (await read('.dockerignore')).trim().split('\n');
    expect(ignore[0]).toBe('**');
    const allowed = ignore.slice(1).map((line) => line.replace(/^!/, ''));
    for (const [path, target] of fromContext(stage('build'))) {
      expect([path, existsSync(join(ROOT, path))]).toEqual([path, true]);
      expect([path, allowed.some((name) => path === name || path.startsWith(`${name}/`))]).toEqual([path, true]);
      expect(posix.normalize(target)).toBe(path);
    }
  });

  it('has what the installation and the build read when they run', async () => {
    const { instructions } = stage('build');
    const has = (upTo: string) => {
      const end = instructions.findIndex(({ name, text }) => name === 'RUN' && text.includes(upTo));
      expect([upTo, end]).not.toEqual([upTo, -1]);
      return fromContext({ ...stage('build'), instructions: instructions.slice(0, end) }).map(([path]) => path);
    };
    const prepare = [...((await manifest()).scripts['prepare'] ?? '').matchAll(/node (\S+)/g)].map(([, path]) => path);
    expect(prepare.length).toBeGreaterThan(0);
    expect(has('npm ci')).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', '.npmrc', ...prepare]));
    const build = ['scripts', 'src', 'gen', 'tsconfig.build.json', 'tsconfig.json'];
    expect(has('build.mjs app')).toEqual(expect.arrayContaining(build));
    const config = JSON.parse(await read('tsconfig.build.json')) as { extends: string; include: string[] };
    expect(build).toEqual(expect.arrayContaining([posix.normalize(config.extends), ...config.include]));
  });

  it('keeps the libraries the suite runs on and leaves the tools behind', () => {
    const [, build = ''] = texts(stage('build'), 'RUN');
    expect(build.split(' && ')).toEqual([
      'node scripts/build.mjs app',
      'node scripts/suite-dependencies.mjs',
      'npm prune --omit=dev --ignore-scripts',
    ]);
    const copied = texts(stage('suite'), 'COPY').map((text) => text.split(' ').slice(-2));
    expect(copied).toEqual([
      ['/app/package.json', './package.json'],
      ['/app/node_modules', './node_modules'],
      ['/app/dist/app', './dist/app'],
    ]);
  });

  it('runs as nobody special, on files that belong to root', () => {
    expect(texts(stage('suite'), 'USER')).toEqual(['node']);
    expect(texts(stage('etcd'), 'USER')).toEqual(['etcd']);
    for (const text of texts(stage('suite'), 'COPY')) expect(text).toContain('--chown=root:root');
  });

  it('starts the compiled command line, by default with a process of the catalogue', async () => {
    const entry = JSON.parse(texts(stage('suite'), 'ENTRYPOINT')[0] ?? '[]') as string[];
    const [program, script = '', command] = entry;
    expect([program, command]).toEqual(['node', 'run']);
    const { compilerOptions } = JSON.parse(await read('tsconfig.build.json')) as Record<string, Record<string, string>>;
    const source = posix.relative(compilerOptions?.['outDir'] ?? '', script).replace(/\.js$/, '.ts');
    expect([source, existsSync(join(ROOT, source))]).toEqual(['src/main.ts', true]);
    const [process] = JSON.parse(texts(stage('suite'), 'CMD').at(-1) ?? '[]') as string[];
    expect(CATALOGUE.map(({ name }) => name)).toContain(process);
  });

  it('asks for readiness on the admin port it sets', () => {
    const environment = texts(stage('suite'), 'ENV').join(' ');
    expect(environment).toMatch(/\bADMIN_PORT=9090\b/);
    expect(environment).toMatch(/\bNODE_ENV=production\b/);
    const [check = ''] = texts(stage('suite'), 'HEALTHCHECK');
    expect(check).toContain('http://127.0.0.1:${process.env.ADMIN_PORT}/health/ready');
    expect(texts(stage('suite'), 'EXPOSE')).toEqual(['50051 9090']);
  });
});
