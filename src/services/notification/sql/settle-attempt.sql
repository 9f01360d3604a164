-- $1 id; $2 the attempt that ended; $3 state it led to; $4 attempts that count; $5 error or null; $6 milliseconds to the next attempt
UPDATE notification
SET state = $3,
  attempts = $4,
  last_error = coalesce($5, last_error),
  due_time = CASE WHEN $3 = 'QUEUED' THEN clock_timestamp() + $6 * interval '1 millisecond' END,
  send_time = CASE WHEN $3 = 'SENT' THEN clock_timestamp() END,
  update_time = clock_timestamp(),
  position = NULL
WHERE id = $1 AND state = 'SENDING' AND attempts = $2
