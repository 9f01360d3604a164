-- $1 id, $2 user, $3 lines, $4 product ids, $5 currency, $6 units, $7 nanos, $8 address, $9 payment method, $10 saga
WITH placed AS (
  INSERT INTO placed_order (
    id, user_id, state, lines, product_ids, currency_code, total_units, total_nanos, shipping_address, payment_method_id,
    saga_id, active_sagas, last_position
  )
  VALUES ($1, $2, 'PENDING', $3::jsonb, $4::uuid[], $5, $6, $7, $8::jsonb, $9, $10, 1, 1)
  RETURNING *
), told AS (
  INSERT INTO order_event (order_id, position, kind, state, step, attempt, reason, message, settled)
  SELECT id, 1, 'STATE_CHANGED', 'PENDING', '', 0, '', '', false
  FROM placed
)
SELECT *
FROM placed
