export type { Fault } from './fault.ts';
export { fingerprintOf, requiredIdempotencyKey, type Mutations } from './mutations.ts';
export { startRecordedApi, type RecordedApi, type RecordedApiOptions, type RecordedApiTools } from './recorded-api.ts';
