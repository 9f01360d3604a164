import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { authentication } from '../../src/authentication.ts';
import { startService, type RunningService } from '../../src/chassis/lifecycle/index.ts';
import { createEmbeddedEtcd, type EmbeddedEtcd } from '../../src/embedded/etcd/index.ts';
import { userService } from '../../src/services/user/service.ts';
import { CLIENT_APP } from '../support/client-app.ts';
import { testDatabaseUrl } from '../support/postgres.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const execute = promisify(execFile);

/** The environment of a person's shell: npm's own variables of the run that started us are taken out. */
const shell = Object.fromEntries(
  Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle|config_(local_)?prefix)|INIT_CWD)/.test(name),
  ),
);
const run = async (program: string, args: readonly string[], cwd: string, env: Record<string, string> = {}) => {
  const options = { cwd, env: { ...shell, ...env }, maxBuffer: 1 << 26, timeout: 240_000 };
  return execute(program, args, options).catch((error: { code?: unknown; stdout?: string; stderr?: string }) => {
    throw new Error(
      `${program} ${args.join(' ')} failed (${String(error.code)}):\n${error.stdout ?? ''}\n${error.stderr ?? String(error)}`,
    );
  });
};

describe('the npm package', () => {
  let folder: string;
  let app: string;
  let tarball: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tradewind-client-'));
    app = join(folder, 'app');
    await mkdir(app);
    await run('npm', ['pack', '--pack-destination', folder], root);
    const packed = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
    tarball = join(folder, packed ?? 'nothing was packed');
    const manifest = { name: 'app', private: true, type: 'module', dependencies: { tradewind: `file:${tarball}` } };
    await writeFile(join(app, 'package.json'), JSON.stringify(manifest));
    await writeFile(join(app, 'app.ts'), CLIENT_APP);
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], app);
  }, 300_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('holds the client, the chassis below it and the contracts, and no service and no test', async () => {
    const { stdout } = await run('tar', ['-tzf', tarball], folder);
    const files = stdout
      .trim()
      .split('\n')
      .map((path) => path.replace(/^package\//, ''));
    expect(files).toEqual(
      expect.arrayContaining(['dist/package/src/client/index.js', 'dist/package/src/client/index.d.ts']),
    );
    const allowed = [
      /^(package\.json|README\.md|LICENSE|scripts\/tradewind\.mjs)$/,
      /^proto\/tradewind\/[a-z]+\/v1\/[a-z_]+\.proto$/,
      /^dist\/package\/gen\/(tradewind|google|health)\/.+\.(js|d\.ts)$/,
      /^dist\/package\/src\/client\/[a-z-]+\.(js|d\.ts)$/,
      /^dist\/package\/src\/chassis\/(balancer|channel|client|core|errors|identity|live-config|middleware\/client|registry|resilience|resolver|service-config|tracing|transport)\/.+\.(js|d\.ts)$/,
    ];
    expect(files.filter((file) => !allowed.some((pattern) => pattern.test(file)))).toEqual([]);
  });

  it('installs what the client needs, once, and nothing of the suite', async () => {
    const { stdout } = await run('npm', ['ls', '--all', '--parseable'], app);
    const installed = stdout
      .trim()
      .split('\n')
      .slice(1)
      .map((path) => path.split('node_modules/').at(-1));
    expect(installed).toContain('@grpc/grpc-js');
    expect(installed.filter((name) => name === '@grpc/grpc-js')).toHaveLength(1);
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { suiteDependencies: string[] };
    const needed = ['@grpc/proto-loader']; // by grpc-js
    expect(
      installed.filter((name) => manifest.suiteDependencies.includes(name ?? '') && !needed.includes(name ?? '')),
    ).toEqual([]);
  });

  it.each([
    ['NodeNext', ['--module', 'NodeNext', '--moduleResolution', 'NodeNext']],
    ['Bundler', ['--module', 'ESNext', '--moduleResolution', 'Bundler']],
  ])(
    'type-checks strictly under %s, its declarations included',
    async (_name, resolution) => {
      const strict = [
        '--strict',
        '--exactOptionalPropertyTypes',
        '--noUncheckedIndexedAccess',
        '--skipLibCheck',
        'false',
      ];
      const lib = ['--target', 'ES2022', '--lib', 'ES2023,ESNext.Disposable', '--types', 'node'];
      await run(process.execPath, [tsc, '--noEmit', ...strict, ...lib, ...resolution, 'app.ts'], app);
    },
    120_000,
  );

  describe('in a compiled app', () => {
    let etcd: EmbeddedEtcd;
    let service: RunningService;
    let report: Report;

    beforeAll(async () => {
      etcd = await createEmbeddedEtcd({ host: '127.0.0.1', port: 0 });
      const admin = { email: 'admin@client-app.test', password: 'a password of the test' };
      const environment = {
        ETCD_ENDPOINTS: etcd.address,
        DATABASE_URL: (await testDatabaseUrl()).reveal(),
        PAGE_TOKEN_SECRET: 'of the test',
        SIGNING_KEY_SECRET: 'of the test too',
        BOOTSTRAP_ADMIN_EMAIL: admin.email,
        BOOTSTRAP_ADMIN_PASSWORD: admin.password,
        SHUTDOWN_GRACE_MS: '0',
      };
      const logTo = new Writable({ write: (_line, _encoding, done) => done() });
      service = await startService(userService, environment, { authentication, logTo });
      await run(
        process.execPath,
        [
          tsc,
          '--target',
          'ES2022',
          '--lib',
          'ES2023,ESNext.Disposable',
          '--module',
          'NodeNext',
          '--types',
          'node',
          '--skipLibCheck',
          'app.ts',
        ],
        app,
      );
      const { stdout } = await run(await machinesNode(), ['app.js'], app, {
        ETCD: `http://${etcd.address}`,
        USER_ADDRESS: service.grpc,
        ADMIN_EMAIL: admin.email,
        ADMIN_PASSWORD: admin.password,
      });
      report = JSON.parse(stdout) as Report;
    }, 240_000);
    afterAll(async () => {
      await service?.stop();
      await etcd?.close();
    });

    it.each(['byAddress', 'byEtcd'] as const)('pages and streams %s', (way) => {
      const { created, paged, pageSizes, exported, opened, resumedIds } = report[way];
      expect(created).toHaveLength(5);
      expect([...paged].sort()).toEqual([...created].sort());
      expect(Math.max(...pageSizes)).toBeLessThanOrEqual(2);
      expect(pageSizes.length).toBeGreaterThanOrEqual(3);
      expect(exported).toEqual(created);
      expect(opened).toEqual([created[0], created[1]]); // broke after the second account, the first asked for
      expect(resumedIds).toEqual(created.slice(1));
    });

    it.each(['byAddress', 'byEtcd'] as const)('throws errors with reasons and details %s', (way) => {
      const seen = report[way];
      const domain = 'user.tradewind';
      expect(seen.unknown).toEqual({
        status: 'NOT_FOUND',
        reason: 'USER_NOT_FOUND',
        domain,
        fields: [],
        isReason: [true, false, false],
      });
      expect(seen.invalid).toMatchObject({
        status: 'INVALID_ARGUMENT',
        reason: 'VALIDATION_FAILED',
        fields: ['email', 'password', 'display_name'],
      });
      expect(seen.refused).toMatchObject({ status: 'UNAUTHENTICATED', reason: 'INVALID_CREDENTIALS', domain });
      expect(seen.badToken).toMatchObject({ status: 'UNAUTHENTICATED', reason: 'UNAUTHENTICATED' });
      expect(seen.noToken).toMatchObject({ status: 'UNAUTHENTICATED', reason: 'TOKEN_UNAVAILABLE' });
      expect(seen.aborted).toMatchObject({ status: 'CANCELLED', reason: 'CANCELLED' });
    });

    it('says what is wrong with a process that is not there and with addresses', () => {
      expect(report.byEtcd.absent).toMatchObject({
        status: expect.stringMatching(/^(UNAVAILABLE|DEADLINE_EXCEEDED)$/),
      });
      expect(report.byAddress.absent).toBe('Error: addresses: "loyalty" is called and has no address');
      expect(report.malformed).toContain('"nowhere" is not host:port');
      expect(report.misspelled).toContain('there is no process "usr"');
      expect(report.closed).toMatchObject({ status: 'UNAVAILABLE', reason: 'CLIENT_CLOSED' });
    });

    it('loads etcd3 for etcd alone', () => {
      expect(report.loaded).toEqual({ etcdAfterStatic: false, etcdAfterEtcd: true });
    });
  });
});

interface Visit {
  readonly created: readonly string[];
  readonly paged: readonly string[];
  readonly pageSizes: readonly number[];
  readonly exported: readonly string[];
  readonly opened: readonly (string | null)[];
  readonly resumedIds: readonly string[];
  readonly unknown: unknown;
  readonly invalid: unknown;
  readonly refused: unknown;
  readonly badToken: unknown;
  readonly noToken: unknown;
  readonly aborted: unknown;
  readonly absent: unknown;
}

interface Report {
  readonly node: string;
  readonly byAddress: Visit;
  readonly byEtcd: Visit;
  readonly loaded: unknown;
  readonly closed: unknown;
  readonly malformed: string;
  readonly misspelled: string;
}

/** The Node.js that the machine has, for the package promises 20 and later; ours where it has none such. */
async function machinesNode(): Promise<string> {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((path) => !path.includes('node_modules'));
  for (const path of folders.map((name) => join(name, 'node'))) {
    const version = await execute(path, ['--version']).catch(() => undefined); // not in this folder
    if (version !== undefined && Number(/^v(\d+)/.exec(version.stdout)?.[1]) >= 20) return path;
  }
  return process.execPath;
}
