/** Names of the exchange, of its keys and of a consumer's queues. They are part of what operators see: never changed. */
export const rabbitmqNames = {
  exchange: 'tradewind.events',
  key: (source: string, partition: number) => `${source}.${partition}`,
  queue: (consumer: string, source: string, partition: number) => `${consumer}.${source}.${partition}`,
};
