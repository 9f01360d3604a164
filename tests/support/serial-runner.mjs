// jest's own runner comes with jest and in its version, so package.json does not name it.
import TestRunner from 'jest-runner';

/** Runs test files that need the machine to themselves: one after the other, in jest's own process. */
export default class SerialRunner extends TestRunner {
  /** Read by jest, which runs all files of one runner before those of the next. */
  isSerial = true;
}
