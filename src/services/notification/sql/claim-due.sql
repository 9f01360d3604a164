-- Takes what is to be sent now, and what a sender took and never finished; $2 milliseconds from now it counts as not finished.
WITH due AS MATERIALIZED (
  SELECT id FROM notification
  WHERE due_time <= clock_timestamp()
  ORDER BY due_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED)
UPDATE notification
SET state = 'SENDING',
  attempts = attempts + 1,
  due_time = clock_timestamp() + $2 * interval '1 millisecond',
  update_time = clock_timestamp(),
  position = NULL
FROM due
WHERE notification.id = due.id
RETURNING notification.*
