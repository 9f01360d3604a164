export { bind, type ServiceBinding } from './binding.ts';
export { SERVER_MIDDLEWARE } from './chain.ts';
export { createServer, type Server, type ServerOptions } from './create-server.ts';
export type { DrainOptions } from './drain.ts';
export { DEFAULT_SERVER_LIMITS, type ServerLimits } from './limits.ts';
