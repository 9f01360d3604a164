-- $1 ids
SELECT
  id, state, active_sagas, last_position, reservation_id, payment_id, shipment_id, points_awarded, cancellation
FROM placed_order
WHERE id = ANY ($1::uuid[])
ORDER BY id
FOR UPDATE
