-- Each try waits twice as long as the one before, a minute at most; another instance that looks meanwhile sees nothing due.
UPDATE carrier_operation
SET attempts = attempts + 1,
  next_attempt_time = now() + least($2 * power(2, least(attempts, 20)), 60000) * interval '1 millisecond'
WHERE id IN (
  SELECT id FROM carrier_operation
  WHERE state = 'PENDING' AND next_attempt_time <= now()
  ORDER BY next_attempt_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED)
RETURNING id, attempts
