export { createHealth, type Health, type ServingState } from './health.ts';
