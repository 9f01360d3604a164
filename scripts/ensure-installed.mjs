// Installs the dependencies when they are missing or not those of package-lock.json; otherwise returns at once.
// Plain JavaScript: it runs under whatever Node the machine has, before ours is there ("prestart", "pretest", ...).
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const marker = `${root}node_modules/.tradewind-installed`;
const wanted = createHash('sha256')
  .update(readFileSync(`${root}package-lock.json`))
  .digest('hex');

if (process.argv.includes('--done')) {
  // npm itself has just installed: the "prepare" script says so.
  writeFileSync(marker, wanted);
} else if (!existsSync(marker) || readFileSync(marker, 'utf8') !== wanted) {
  const startedAt = performance.now();
  process.stdout.write('Installing dependencies (npm ci), about a minute the first time ...\n');
  const result = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) {
    process.stderr.write('npm ci failed; nothing was started.\n');
    process.exit(result.status ?? 1);
  }
  process.stdout.write(`Installed in ${((performance.now() - startedAt) / 1000).toFixed(1)} s.\n`);
}
