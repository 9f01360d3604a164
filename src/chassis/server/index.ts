export { bind, type BoundMethod, type ServiceBinding } from './binding.ts';
export { SERVER_MIDDLEWARE } from './chain.ts';
export {
  DEFAULT_SERVER_TRANSPORTS,
  createServer,
  type Server,
  type ServerOptions,
  type ServerTransport,
} from './create-server.ts';
export type { DrainOptions } from './drain.ts';
export { DEFAULT_SERVER_LIMITS, type ServerLimits } from './limits.ts';
