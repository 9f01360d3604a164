/** Between two heartbeats, in seconds, unless the URL says otherwise; a server that misses two is gone. */
const HEARTBEAT_SECONDS = 5;

/**
 * The servers of a setting, each as amqplib wants it: `amqp://[user:password@]host:port/[virtual host]`, or `amqps://` for TLS; more than one,
 * of one cluster, separated by commas. Throws where it is no such URL.
 */
export function rabbitmqUrls(setting: string): readonly string[] {
  return setting.split(',').map((one) => {
    const url = new URL(one.trim());
    if (!['amqp:', 'amqps:'].includes(url.protocol) || url.hostname === '') {
      throw new Error('a RabbitMQ URL begins with amqp:// or amqps://');
    }
    if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS));
    return url.href;
  });
}
