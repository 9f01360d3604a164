-- Writes down what receipts say, and gives each change its position (give-positions.sql says how). $1 as JSON: the message, the state it led to,
-- error or null
WITH turn AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended('notification/position', 0))
),
receipt AS MATERIALIZED (
  SELECT r.*
  FROM jsonb_to_recordset($1::jsonb) AS r (id uuid, state text, error text)
  WHERE EXISTS (SELECT FROM turn)
),
done AS (
  DELETE FROM awaited_receipt USING receipt WHERE awaited_receipt.notification_id = receipt.id
)
UPDATE notification
SET state = receipt.state,
  last_error = coalesce(receipt.error, last_error),
  update_time = clock_timestamp(),
  position = nextval('notification_position')
FROM receipt
WHERE notification.id = receipt.id AND notification.state = 'SENT'
