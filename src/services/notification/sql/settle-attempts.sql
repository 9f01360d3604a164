-- Writes down how attempts ended, and gives each change its position (give-positions.sql says how). $1 as JSON: the message, the number of
-- the attempt that ended, the state it led to, attempts that count, error or null, milliseconds to the next attempt or null, the provider's
-- name for a message whose receipt is to be asked for, or null. $2 milliseconds to the first look for it; $3 how long it is looked for, in
-- milliseconds.
WITH turn AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended('notification/position', 0))
),
ended AS MATERIALIZED (
  SELECT e.*
  FROM jsonb_to_recordset($1::jsonb) AS e (
    id uuid, attempt integer, state text, attempts integer, error text, delay_ms double precision, reference text
  )
  WHERE EXISTS (SELECT FROM turn)
),
settled AS (
  UPDATE notification
  SET state = ended.state,
    attempts = ended.attempts,
    last_error = coalesce(ended.error, last_error),
    due_time = CASE WHEN ended.state = 'QUEUED' THEN clock_timestamp() + ended.delay_ms * interval '1 millisecond' END,
    send_time = CASE WHEN ended.state = 'SENT' THEN clock_timestamp() END,
    update_time = clock_timestamp(),
    position = nextval('notification_position')
  FROM ended
  WHERE notification.id = ended.id AND notification.state = 'SENDING' AND notification.attempts = ended.attempt
  RETURNING notification.id, ended.reference
),
awaited AS (
  INSERT INTO awaited_receipt (notification_id, reference, due_time, end_time)
  SELECT
    id, reference, clock_timestamp() + $2 * interval '1 millisecond', clock_timestamp() + $3 * interval '1 millisecond'
  FROM settled
  WHERE reference IS NOT NULL
)
SELECT id FROM settled
