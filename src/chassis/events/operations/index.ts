export {
  createConsumerHandlers,
  createConsumerService,
  type ConsumerHandlers,
  type ConsumerServiceOptions,
} from './consumer-service.ts';
export { consumerStatus, type ConsumerStatus } from './consumer-status.ts';
export { createPublisherLog, type PublisherLog } from './publisher-log.ts';
export { consumerBacklogs } from './waiting-backlogs.ts';
