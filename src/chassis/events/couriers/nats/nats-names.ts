/** Names of a publisher's stream and subjects, and of a consumer's durable. They are part of what operators see: never changed. */
export const natsNames = {
  stream: (source: string) => `TRADEWIND_EVENTS_${source.toUpperCase()}`,
  subject: (source: string, partition: number | '*') => `tradewind.events.${source}.${partition}`,
  durable: (consumer: string, source: string, partition: number) => `${consumer}-${source}-${partition}`,
};
