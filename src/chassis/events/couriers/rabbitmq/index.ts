export { createRabbitmqBroker, type RabbitmqBrokerOptions } from './rabbitmq-broker.ts';
