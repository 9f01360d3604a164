export { createEventDays, type EventDays, type EventDaysEvents } from './event-days.ts';
export { RETENTION_DEFAULTS, type Retention } from './retention.ts';
