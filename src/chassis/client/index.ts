export type { ChannelStatus, TargetChannels } from './channel-status.ts';
export {
  createClientFactory,
  type ClientFactory,
  type ClientFactoryEvents,
  type ClientFactoryOptions,
} from './client-factory.ts';
export type { ChassisClient } from './create-client.ts';
export { pages } from './pages.ts';
export { resumable, type ResumeOptions, type Resumption } from './resumable.ts';
export type { BreakerStatus } from './target-calling.ts';
export type { TargetStatus } from './target-status.ts';
export { withFallback, type FallbackOptions } from './with-fallback.ts';
