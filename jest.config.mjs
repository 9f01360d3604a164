import { availableParallelism } from 'node:os';

/** Runs under the project's own Node, as ES modules; swc only strips the types. */
const common = {
  testEnvironment: 'node',
  roots: ['<rootDir>/tests'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' }, module: { type: 'es6' }, sourceMaps: 'inline' },
    ],
  },
  setupFilesAfterEnv: ['<rootDir>/tests/support/check-outboxes.ts'],
  globalSetup: '<rootDir>/tests/support/global-setup.ts',
  globalTeardown: '<rootDir>/tests/support/global-teardown.ts',
};

/** They kill processes and measure: beside other tests they would judge the machine. */
const ALONE = ['fault'];
const MEASURES = '<rootDir>/tests/e2e/bench.test.ts';
/** They start whole suites. */
const PAIRS = ['e2e'];
const PARALLEL = ['architecture', 'component', 'contract', 'integration', 'simulation', 'unit'];

const filesOf = (folders) => folders.map((folder) => `<rootDir>/tests/${folder}/**/*.test.ts`);

export default {
  // Two also on a machine of two cores, where jest takes one: half of a test's time it waits.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  testTimeout: 30_000,
  projects: [
    { ...common, testMatch: filesOf(PARALLEL) },
    { ...common, testMatch: [...filesOf(PAIRS), `!${MEASURES}`], runner: '<rootDir>/tests/support/pair-runner.mjs' },
    { ...common, testMatch: [...filesOf(ALONE), MEASURES], runner: '<rootDir>/tests/support/serial-runner.mjs' },
  ],
};
