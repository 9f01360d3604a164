SELECT
  position, product_id, kind, quantity, available, reserved, sold, received, reservation_id, adjustment_reason, note, change_time
FROM stock_change
WHERE position > $1 AND position <= $2
ORDER BY position
LIMIT $3
