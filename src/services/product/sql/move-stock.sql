-- Moves pieces of products whose rows the transaction has locked, each product once, and writes the changes down. $3 to $6 say, for
-- each piece, by how much a quantity rises: 1, 0 or -1.
WITH moved AS (
  UPDATE stock AS s
  SET
    available = s.available + $3::integer * wanted.quantity,
    reserved = s.reserved + $4::integer * wanted.quantity,
    sold = s.sold + $5::integer * wanted.quantity,
    received = s.received + $6::integer * wanted.quantity,
    adjustments = s.adjustments + $6::integer,
    update_time = clock_timestamp()
  FROM unnest($1::uuid[], $2::integer[]) AS wanted (product_id, quantity)
  WHERE s.product_id = wanted.product_id
  RETURNING s.*, wanted.quantity
),
noted AS (
  INSERT INTO stock_change (
    product_id, kind, quantity, available, reserved, sold, received, reservation_id, adjustment_reason, note
  )
  SELECT product_id, $7::text, quantity, available, reserved, sold, received, $8::uuid, $9::text, $10::text
  FROM moved
  ORDER BY product_id
)
SELECT product_id, available, reserved, sold, received, low_stock_threshold, adjustments AS event_count, update_time
FROM moved
