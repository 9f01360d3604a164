-- One at a time gives positions, until its commit: a position that is seen has none below it still to come. Whoever waited for its turn
-- does not see what was placed meanwhile, but locks rows as they are now, and leaves those that have their place. What is being changed
-- right now gets its place with its next state.
WITH turn AS MATERIALIZED (
  SELECT pg_advisory_xact_lock(hashtextextended('notification/position', 0))
),
changed AS MATERIALIZED (
  SELECT id FROM notification
  WHERE position IS NULL AND EXISTS (SELECT FROM turn)
  ORDER BY update_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED
)
UPDATE notification SET position = nextval('notification_position')
FROM changed
WHERE notification.id = changed.id
