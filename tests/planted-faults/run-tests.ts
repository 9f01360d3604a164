import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How a run of some test files went. */
export type TestRun =
  | { readonly kind: 'passed'; readonly tests: number }
  /** At least one test failed. */
  | { readonly kind: 'failed'; readonly tests: readonly string[] }
  /** It says nothing: a file could not be loaded, or the run did not end. */
  | { readonly kind: 'broken'; readonly why: string };

interface JestReport {
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

const TIMEOUT_MS = 300_000;

/** Runs test files of a tree with its own jest. */
export async function runTests(directory: string, files: readonly string[]): Promise<TestRun> {
  const folder = await mkdtemp(join(tmpdir(), 'tradewind-report-'));
  const report = join(folder, 'report.json');
  try {
    const jest = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];
    const child = spawn(process.execPath, [...jest, '--json', `--outputFile=${report}`, ...files], {
      cwd: directory,
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: TIMEOUT_MS,
    });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
    const text = await readFile(report, 'utf8').catch(() => undefined);
    if (text === undefined) return { kind: 'broken', why: `jest left no report: ${said.slice(-2_000)}` };
    return toRun(JSON.parse(text) as JestReport); // jest's own
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function toRun({ numPassedTests, testResults }: JestReport): TestRun {
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  );
  if (failed.length > 0) return { kind: 'failed', tests: failed };
  const unloaded = testResults.find(({ assertionResults }) => assertionResults.length === 0);
  if (unloaded !== undefined) return { kind: 'broken', why: unloaded.message };
  return { kind: 'passed', tests: numPassedTests };
}
