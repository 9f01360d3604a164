UPDATE payment
SET next_check_time = now() + $2 * interval '1 millisecond'
WHERE id IN (
  SELECT id FROM payment
  WHERE next_check_time <= now()
  ORDER BY next_check_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED)
RETURNING id, provider_reference
