import { createContextKey } from '@opentelemetry/api';

/** Stands in the OpenTelemetry context of a trace that begins here and is to be recorded: the decision is made already. */
export const SAMPLED_ROOT = createContextKey('tradewind: the trace that begins here is recorded');
