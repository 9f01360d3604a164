-- $1 orders as JSON, $2 their new events as JSON, $3 the saga that moves them from now on, if it is another, $4 their ids again, to be looked up one by one
WITH change AS (
  SELECT *
  FROM jsonb_to_recordset($1::jsonb) AS c (
    id uuid, state text, active_sagas integer, last_position bigint, reservation_id uuid, payment_id uuid, shipment_id uuid,
    points_awarded bigint, cancellation jsonb, reduction jsonb, new_events integer
  )
), told AS (
  INSERT INTO order_event (order_id, position, kind, state, step, attempt, reason, message, settled)
  SELECT order_id, position, kind, state, step, attempt, reason, message, settled
  FROM jsonb_to_recordset($2::jsonb) AS e (
    order_id uuid, position bigint, kind text, state text, step text, attempt integer, reason text, message text,
    settled boolean
  )
)
UPDATE placed_order
SET state = change.state,
    active_sagas = change.active_sagas,
    last_position = change.last_position,
    reservation_id = change.reservation_id,
    payment_id = change.payment_id,
    shipment_id = change.shipment_id,
    points_awarded = change.points_awarded,
    cancellation = change.cancellation,
    reduction = change.reduction,
    saga_id = coalesce($3::uuid, placed_order.saga_id),
    event_count = placed_order.event_count + change.new_events,
    version = placed_order.version + 1,
    update_time = clock_timestamp(),
    confirm_time = CASE
      WHEN change.state = 'CONFIRMED' THEN coalesce(placed_order.confirm_time, clock_timestamp())
      ELSE placed_order.confirm_time
    END,
    cancel_time = CASE WHEN change.state = 'CANCELLED' THEN coalesce(placed_order.cancel_time, clock_timestamp()) END
FROM change
WHERE placed_order.id = ANY ($4::uuid[]) AND placed_order.id = change.id
RETURNING placed_order.*
