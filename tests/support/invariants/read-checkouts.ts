import type { Databases } from './databases.ts';
import type { World } from './world.ts';

/** Where steps of a checkout without a saga may wait for an operator. */
const PARTICIPANTS = ['product', 'payment', 'shipping', 'loyalty', 'notification'];

/** The checkouts that events carry on: what the order process says of them, and what is parked at those who take part. */
export async function readCheckouts(databases: Databases): Promise<World['checkouts']> {
  const parked = await Promise.all(
    PARTICIPANTS.map((service) =>
      databases.rows<{ readonly subject: string }>(
        service,
        'SELECT subject FROM part WHERE step IS NOT NULL AND due_time IS NULL',
      ),
    ),
  );
  const subjects = parked.flat().map(({ subject }) => subject);
  const checkouts = await databases.rows<Omit<World['checkouts'][number], 'parked'>>(
    'order',
    'SELECT order_id AS "orderId", phase, told >= 5 AS "isSold" FROM checkout',
  );
  return checkouts.map((checkout) => ({
    ...checkout,
    parked: subjects.filter((subject) => subject === checkout.orderId).length,
  }));
}
