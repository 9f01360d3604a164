export { createLogger, type Logger, type LoggerOptions } from './logger.ts';
export { createMetrics, type Metrics } from './metrics.ts';
export { logBalancing, measureBalancing } from './observe-balancing.ts';
export { logClients, measureClients } from './observe-client.ts';
export { observeDatabase } from './observe-database.ts';
export { observeRegistration } from './observe-registration.ts';
export { logServerCalls, measureServerCalls } from './observe-server.ts';
export { createTelemetry, type Telemetry, type TelemetryOptions } from './telemetry.ts';
export { createTraces, type TracerOptions, type Traces } from './tracing.ts';
