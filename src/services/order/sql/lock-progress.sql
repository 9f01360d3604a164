-- $1 ids
SELECT
  id, state, active_sagas, last_position, reservation_id, payment_id, shipment_id, points_awarded, cancellation, reduction,
  currency_code, total_units, total_nanos
FROM placed_order
WHERE id = ANY ($1::uuid[])
ORDER BY id
FOR UPDATE
