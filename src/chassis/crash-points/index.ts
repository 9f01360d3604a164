export { watchCrashPoints, type WatchedParts } from './watch-crash-points.ts';
