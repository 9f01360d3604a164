-- The oldest changes first, by position, which needs no index of times. $1 days; $2 how many are looked at
WITH old AS MATERIALIZED (
  SELECT id FROM notification
  WHERE id IN (SELECT id FROM notification WHERE position IS NOT NULL ORDER BY position LIMIT $2)
    AND due_time IS NULL AND update_time < clock_timestamp() - make_interval(days => $1)
  FOR UPDATE SKIP LOCKED)
DELETE FROM notification
USING old
WHERE notification.id = old.id
RETURNING notification.position
