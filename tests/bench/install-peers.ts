import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import type { Progress } from './progress.ts';

/** Whether the peers can be run; `why` says what is in the way. */
export type PeersInstalled = { readonly kind: 'installed' } | { readonly kind: 'missing'; readonly why: string };

/** Installs tests/bench/package.json with npm unless what its lock file wants is there. */
export async function installPeers(progress: Progress, signal: AbortSignal): Promise<PeersInstalled> {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const marker = `${folder}node_modules/.tradewind-installed`;
  const wanted = createHash('sha256')
    .update(readFileSync(`${folder}package-lock.json`))
    .digest('hex');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === wanted) return { kind: 'installed' };

  progress.step('the peers of tests/bench/package.json are installed (npm ci)');
  const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
    shell: process.platform === 'win32',
    signal,
  });
  let said = '';
  npm.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  try {
    const [code] = (await once(npm, 'close')) as [number | null];
    if (code !== 0) return { kind: 'missing', why: said.trim() };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: 'missing', why: error instanceof Error ? error.message : String(error) };
  }
  writeFileSync(marker, wanted);
  return { kind: 'installed' };
}
