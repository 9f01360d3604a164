import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import type { Metafile, OnLoadResult, OutputFile, Plugin } from 'esbuild';

import { systemClock } from '../chassis/core/index.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READABLE_STACKS = fileURLToPath(new URL('./readable-stacks.ts', import.meta.url));
/** npm writes it at every installation: what is imported may resolve to something else from then on. */
const INSTALLED = join(ROOT, 'node_modules', '.package-lock.json');
const INPUTS = 'inputs.json';
const UNFINISHED = 'unfinished-';
/** What esbuild gives its paths from; nothing is written there. */
const NOWHERE = join(ROOT, 'bundle', '/');
/** Machine code that is loaded from where it was installed. */
const NATIVE = ['@node-rs/argon2'];
/** Asked for by libraries in case it is there. It is not. */
const ABSENT = ['pg-native'];
/** A module of CommonJS may call for another one at any time, and an ES module has no `require`. */
const REQUIRE = `import { createRequire as bundledRequire } from 'node:module';
const require = bundledRequire(import.meta.url);`;

/**
 * Puts the nine hundred modules that a process of the suite consists of into a few large files below `folder`: read one by
 * one they are a third of what a start costs, and some 20 MB. Nothing is done while what is there was made of the same files.
 */
export async function writeBundle(entry: string, folder: string): Promise<void> {
  if (freshBundle(folder) !== undefined) return;
  const { files, inputs } = await build(entry);
  const directory = join(folder, hashOf(inputs));
  place(files, inputs, directory);
  for (const other of readdirSync(folder).map((name) => join(folder, name))) {
    if (other !== directory && !isUnderWay(other)) rmSync(other, { recursive: true, force: true });
  }
}

/** How Node runs the bundle in this folder; undefined when there is none, or when anything that it was made of has changed. */
export function freshBundle(folder: string): readonly string[] | undefined {
  const name = readdirSync(folder).find((one) => isFresh(join(folder, one)));
  return name === undefined ? undefined : programIn(join(folder, name));
}

function programIn(directory: string): readonly string[] {
  const stacks = pathToFileURL(join(directory, 'readable-stacks.js')).href;
  return [`--import=${stacks}`, join(directory, 'main.js')];
}

/** A file that a bundle was made of, as it was then. */
interface Input {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** True when nothing that this bundle was made of has changed since. */
function isFresh(directory: string): boolean {
  const text = readIfThere(join(directory, INPUTS));
  if (text === undefined) return false;
  const inputs = JSON.parse(text) as readonly Input[];
  return inputs.every(({ path, size, mtimeMs }) => {
    const now = statSync(path, { throwIfNoEntry: false });
    return now?.size === size && now.mtimeMs === mtimeMs;
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function build(entry: string) {
  const { build: bundle } = await import('esbuild');
  const startedAtMs = systemClock.now();
  const { outputFiles, metafile } = await bundle({
    absWorkingDir: ROOT,
    entryPoints: { main: resolve(entry), 'readable-stacks': READABLE_STACKS },
    outdir: NOWHERE,
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: `node${process.versions.node}`,
    banner: { js: REQUIRE },
    external: ABSENT,
    plugins: [inTheirPlaces, onDemand],
    // Not keepNames: its helper is called for each closure that is made. What is read of a name is set by hand in our code.
    legalComments: 'none',
    sourcemap: 'linked',
    sourceRoot: pathToFileURL(NOWHERE).href,
    sourcesContent: false,
    metafile: true,
    logLevel: 'silent', // what goes wrong is thrown, and told once
  });
  return { files: outputFiles, inputs: inputsOf(metafile, startedAtMs) };
}

/** Code that asks where it lies, for the files beside it, is told where it lay before. */
const inTheirPlaces: Plugin = {
  name: 'in-their-places',
  setup(building) {
    const require = createRequire(import.meta.url);
    const native = new RegExp(`^(${NATIVE.join('|')})$`);
    building.onResolve({ filter: native }, ({ path }) => ({
      path: pathToFileURL(require.resolve(path)).href,
      external: true,
    }));
    // A process of the suite starts none itself.
    building.onResolve({ filter: /^\.\/up\// }, ({ path, kind, resolveDir }) =>
      kind === 'dynamic-import' ? { path: pathToFileURL(join(resolveDir, path)).href, external: true } : undefined,
    );
    building.onLoad({ filter: /\.ts$/, namespace: 'file' }, ({ path }): OnLoadResult | undefined => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      return { loader: 'ts', contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)) };
    });
    building.onLoad(
      { filter: /[\\/]node_modules[\\/].*\.c?js$/, namespace: 'file' },
      ({ path }): OnLoadResult | undefined => {
        const text = readFileSync(path, 'utf8');
        if (!/__dirname|__filename/.test(text)) return undefined;
        const place = `var __dirname = ${JSON.stringify(dirname(path))}, __filename = ${JSON.stringify(path)};`;
        return { loader: 'js', contents: `${place}${text}` };
      },
    );
  },
};

/** A library that our code imports on demand has the exports that Node gives it; of CommonJS, esbuild would give the default alone. */
const onDemand: Plugin = {
  name: 'on-demand',
  setup(building) {
    building.onResolve({ filter: /^[^./]/ }, async ({ path, kind, importer, resolveDir }) => {
      if (kind !== 'dynamic-import' || isBuiltin(path) || importer.includes('node_modules')) return undefined;
      const found = await building.resolve(path, { kind: 'import-statement', resolveDir });
      return found.errors.length > 0 ? found : { path: found.path, namespace: 'on-demand' };
    });
    building.onLoad({ filter: /./, namespace: 'on-demand' }, async ({ path }) => {
      const exports = Object.keys((await import(pathToFileURL(path).href)) as object);
      const names = exports.filter((name) => name !== 'module.exports').join(', ');
      return { contents: `export { ${names} } from ${JSON.stringify(path)};`, resolveDir: dirname(path) };
    });
  },
};

/** A file that was changed since then may have been read before or after that: it makes the bundle one that is never fresh. */
function inputsOf({ inputs }: Metafile, startedAtMs: number): readonly Input[] {
  const paths = [INSTALLED, ...Object.keys(inputs).map((path) => join(ROOT, path))];
  return paths.flatMap((path) => {
    const found = statSync(path, { throwIfNoEntry: false }); // what esbuild itself adds is no file
    if (found === undefined) return [];
    return [{ path, size: Math.floor(found.mtimeMs) > startedAtMs ? NaN : found.size, mtimeMs: found.mtimeMs }];
  });
}

function hashOf(inputs: readonly Input[]): string {
  return createHash('sha256').update(JSON.stringify(inputs)).digest('hex').slice(0, 16);
}

/** True while somebody else is writing it. Whoever was killed at that leaves it behind. */
function isUnderWay(directory: string): boolean {
  if (!basename(directory).startsWith(UNFINISHED)) return false;
  return systemClock.now() - (statSync(directory, { throwIfNoEntry: false })?.mtimeMs ?? 0) < 60_000;
}

/** Writes the bundle, whole or not at all. Somebody else may have put the same one there meanwhile. */
function place(files: readonly OutputFile[], inputs: readonly Input[], directory: string): void {
  const unfinished = join(dirname(directory), `${UNFINISHED}${randomBytes(4).toString('hex')}`);
  mkdirSync(unfinished);
  for (const { path, contents } of files) writeFileSync(join(unfinished, basename(path)), contents);
  writeFileSync(join(unfinished, INPUTS), JSON.stringify(inputs));
  try {
    renameSync(unfinished, directory);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    rmSync(unfinished, { recursive: true, force: true });
  }
}
