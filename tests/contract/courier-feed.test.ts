import { createFeedCourier } from '../../src/chassis/events/index.ts';
import { describeCourier } from './courier.suite.ts';

describeCourier('the feed', async (publisher, source) => {
  const courier = createFeedCourier({ client: () => publisher.client() });
  return { source, courier, [Symbol.asyncDispose]: () => courier.close() };
});
