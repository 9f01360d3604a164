import type { ShippingServiceImplementation } from '../../../../gen/tradewind/shipping/v1/shipping.ts';
import { currentCall } from '../../../chassis/core/index.ts';
import { assertMayAct, ownerToList } from '../../../chassis/security/index.ts';
import { pageSize, toPage } from '../../../chassis/store/index.ts';
import type { ShippingDependencies } from '../dependencies.ts';
import { parseOrderId, parseShipmentId, parseUserId } from '../domain.ts';
import { shipmentNotFound } from '../refusals.ts';
import { eventMessage, shipmentMessage, stateFilter } from '../wire.ts';

/** How many events GetShipment shows; the contract's number. */
const EVENTS_SHOWN = 200;

/** GetShipment, ListShipments. */
export function queryHandlers({
  database,
  shipments,
  pageTokens,
}: ShippingDependencies): Pick<ShippingServiceImplementation, 'getShipment' | 'listShipments'> {
  return {
    async getShipment({ shipmentId }) {
      const id = parseShipmentId(shipmentId);
      const shipment = await shipments.get(database, id);
      if (shipment === undefined) throw shipmentNotFound(id);
      assertMayAct(currentCall()?.principal, shipment.userId);
      const events = await shipments.lastEvents(database, id, EVENTS_SHOWN);
      // What happened between the two reads is left for the next call.
      const shown = events.filter(({ position }) => position <= shipment.lastPosition);
      return { shipment: shipmentMessage(shipment), events: shown.map(eventMessage) };
    },

    async listShipments(request) {
      const owner = ownerToList(currentCall()?.principal, request.userId);
      const userId = owner === undefined ? undefined : parseUserId(owner);
      const orderId = request.orderId === '' ? undefined : parseOrderId(request.orderId);
      const query = { method: 'ListShipments', userId, orderId, state: request.state };
      const size = pageSize(request.pageSize);
      const [after] = pageTokens.decode(request.pageToken, query) ?? [];
      const filter = { userId, orderId, state: stateFilter(request.state) };
      const rows = await shipments.list(database, filter, { after, limit: size + 1 });
      const page = toPage({ rows, size, tokens: pageTokens, request: query, cursor: ({ id }) => [id] });
      return { shipments: page.rows.map(shipmentMessage), nextPageToken: page.nextPageToken };
    },
  };
}
