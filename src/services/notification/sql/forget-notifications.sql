-- $1 days; $2 how many
WITH old AS MATERIALIZED (
  SELECT id FROM notification
  WHERE due_time IS NULL AND position IS NOT NULL AND update_time < clock_timestamp() - make_interval(days => $1)
  ORDER BY update_time
  LIMIT $2
  FOR UPDATE SKIP LOCKED)
DELETE FROM notification
USING old
WHERE notification.id = old.id
RETURNING notification.position
