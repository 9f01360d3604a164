-- Orders become streams of events (chassis/event-store), in the form of order-json.ts. What an order's old history does not tell of it (ids
-- of reservation, payment and shipment, points, money that went back, sagas under way) is told with its last event, as `learned`; what was
-- taken out of it, with the last event that says that something was.
CREATE FUNCTION pg_temp.money(currency_code text, amount jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
  SELECT jsonb_build_object(
    'currencyCode', currency_code, 'units', coalesce(amount ->> 'units', '0'), 'nanos', coalesce((amount ->> 'nanos')::integer, 0)
  )
$$;

INSERT INTO event_stream (id, type, version)
SELECT id, 'order', last_position
FROM placed_order;

WITH told AS (
  SELECT
    event.*,
    max(position) FILTER (WHERE true) OVER stream AS last,
    max(position) FILTER (WHERE kind = 'LINES_CANCELLED') OVER stream AS last_cancelled,
    max(position) FILTER (WHERE kind = 'LINES_CANCELLING') OVER stream AS last_cancelling,
    CASE WHEN kind = 'STATE_CHANGED' THEN CASE state WHEN 'PENDING' THEN 'placed' ELSE lower(state) END
      ELSE replace(lower(kind), '_', '-') END AS type
  FROM order_event AS event
  WINDOW stream AS (PARTITION BY order_id)
)
INSERT INTO stream_event (stream_id, version, type, data, event_time)
SELECT
  told.order_id, told.position, told.type,
  (
    jsonb_build_object(
      'kind', told.kind, 'state', told.state, 'step', told.step, 'attempt', told.attempt, 'reason', told.reason,
      'message', told.message, 'settled', told.settled
    )
    || CASE told.type
      WHEN 'placed' THEN jsonb_build_object('placed', jsonb_build_object(
        'id', placed.id,
        'userId', placed.user_id,
        'lines', (
          SELECT jsonb_agg(
            line || jsonb_build_object(
              'unitPrice', pg_temp.money(placed.currency_code, line -> 'unitPrice'),
              'lineTotal', pg_temp.money(placed.currency_code, line -> 'lineTotal')
            )
            ORDER BY ordinality
          )
          FROM jsonb_array_elements(placed.lines) WITH ORDINALITY AS item (line, ordinality)
        ),
        'total', jsonb_build_object(
          'currencyCode', placed.currency_code, 'units', placed.total_units::text, 'nanos', placed.total_nanos
        ),
        'shippingAddress', placed.shipping_address,
        'paymentMethodId', placed.payment_method_id,
        'sagaId', placed.saga_id
      ))
      WHEN 'cancelling' THEN jsonb_build_object('cancellation', coalesce(
        placed.cancellation,
        jsonb_build_object('reason', told.reason, 'message', told.message, 'step', '', 'requestTime', told.event_time)
      ))
      WHEN 'lines-cancelling' THEN jsonb_build_object(
        'sagaId', placed.saga_id,
        'lineCancellation', CASE
          WHEN told.position = told.last_cancelling AND placed.reduction ? 'underWay' THEN
            (placed.reduction -> 'underWay') || jsonb_build_object(
              'amount', pg_temp.money(placed.currency_code, placed.reduction -> 'underWay' -> 'amount')
            )
          ELSE jsonb_build_object(
            'lines', '[]'::jsonb, 'amount', pg_temp.money(placed.currency_code, NULL), 'reason', told.reason,
            'message', told.message, 'requestTime', told.event_time
          )
        END
      )
      WHEN 'lines-cancelled' THEN jsonb_build_object(
        'lines', CASE WHEN told.position = told.last_cancelled THEN placed.reduction -> 'lines' ELSE '[]' END,
        'amount', pg_temp.money(
          placed.currency_code, CASE WHEN told.position = told.last_cancelled THEN placed.reduction -> 'amount' END
        )
      )
      ELSE '{}'
    END
    || CASE
      WHEN told.position = told.last THEN jsonb_build_object('learned', jsonb_strip_nulls(jsonb_build_object(
        'reservationId', placed.reservation_id,
        'paymentId', placed.payment_id,
        'shipmentId', placed.shipment_id,
        'pointsAwarded', placed.points_awarded::text,
        'refunded', CASE
          WHEN placed.reduction IS NOT NULL THEN pg_temp.money(placed.currency_code, placed.reduction -> 'refunded')
        END,
        'activeSagas', placed.active_sagas
      )))
      ELSE '{}'
    END
    -- A partial cancellation that is over has nothing under way any more.
    || CASE
      WHEN told.position = told.last AND told.last_cancelling IS NOT NULL AND NOT placed.reduction ? 'underWay'
      THEN '{"sagaEnded": true}'::jsonb
      ELSE '{}'
    END
  )::json,
  told.event_time
FROM told
JOIN placed_order AS placed ON placed.id = told.order_id
ORDER BY told.event_time, told.order_id, told.position;

DROP TABLE order_event;
DROP TABLE placed_order;
