UPDATE payment_method
SET attempts = attempts + 1,
  next_attempt_time = now() + least($2 * power(2, least(attempts, 20)), 60000) * interval '1 millisecond'
WHERE id IN (
  SELECT id FROM payment_method
  WHERE (state = 'ADDING' OR (state = 'DELETED' AND NOT forgotten)) AND next_attempt_time <= now()
  ORDER BY next_attempt_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED)
RETURNING *
