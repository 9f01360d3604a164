export { DEFAULT_CONNECTION, type ConnectionOptions } from './channel-options.ts';
export type { ChannelFailure } from './last-failure.ts';
export type { RawMethod, RawMethods } from './raw-methods.ts';
export {
  createSubchannel,
  type Subchannel,
  type SubchannelEvents,
  type SubchannelOptions,
  type SubchannelState,
  type TrackedCall,
} from './subchannel.ts';
export { formatTimeout } from './timeout.ts';
export { type TransportChoice } from './transport-choice.ts';
