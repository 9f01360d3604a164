export {
  createConsumerHandlers,
  createConsumerService,
  type ConsumerHandlers,
  type ConsumerServiceOptions,
} from './consumer-service.ts';
export { createPublisherLog, type PublisherLog } from './publisher-log.ts';
export { createConsumerWatch, type ConsumerWatch } from './watch-consumers.ts';
export { consumerBacklogs } from './waiting-backlogs.ts';
