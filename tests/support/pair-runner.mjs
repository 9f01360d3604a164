// jest's own runner comes with jest and in its version, so package.json does not name it.
import TestRunner from 'jest-runner';

/**
 * Runs test files that each start a whole suite: two at a time, however many cores there are, since a suite takes more than
 * a gigabyte, and two, however few, since half of the time such a test waits.
 */
export default class PairRunner extends TestRunner {
  constructor(globalConfig, context) {
    super({ ...globalConfig, maxWorkers: Math.min(2, globalConfig.maxWorkers) }, context);
  }
}
