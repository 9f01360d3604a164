import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { afterAll, describe, expect, it } from '@jest/globals';

import { openHome } from '../../../src/up/home.ts';
import { UsageError } from '../../../src/usage-error.ts';

const directory = mkdtempSync(join(tmpdir(), 'tradewind-home-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('openHome', () => {
  it('makes the folder with its parents, and gives it up when disposed', () => {
    const path = join(directory, 'a', 'b');
    {
      using home = openHome(path);
      expect(existsSync(home.folder('logs'))).toBe(true);
      expect(existsSync(join(path, 'up.pid'))).toBe(true);
    }
    expect(existsSync(join(path, 'up.pid'))).toBe(false);
  });

  it('takes over from a suite that was killed', () => {
    const path = join(directory, 'killed');
    openHome(path);
    writeFileSync(join(path, 'up.pid'), '4194305'); // above the highest process id there is

    expect(() => openHome(path)[Symbol.dispose]()).not.toThrow();
  });

  it('says in a usage error that a file is in its place', () => {
    const path = join(directory, 'file');
    writeFileSync(path, '');

    expect(() => openHome(path)).toThrow(UsageError);
    expect(() => openHome(path)).toThrow(/--home: .*file cannot be used .*EEXIST/);
  });

  // In a process of its own: what is held here is that it returns at all.
  (existsSync('/proc/self') ? it : it.skip)('ends where the file system takes no new folder', async () => {
    const script = `import('${new URL('../../../src/up/home.ts', import.meta.url).href}').then(({ openHome }) => openHome('/proc/tradewind'))`;

    await expect(
      promisify(execFile)(process.execPath, ['-e', script], { timeout: 10_000, killSignal: 'SIGKILL' }),
    ).rejects.toMatchObject({ killed: false, stderr: expect.stringContaining('/proc/tradewind cannot be used') });
  });
});
