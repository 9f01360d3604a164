export { runProcess, type ProcessOptions, type RunningProcess } from './run-process.ts';
