-- What is being changed right now gets its place with its next state.
WITH changed AS MATERIALIZED (
  SELECT id FROM notification
  WHERE position IS NULL
  ORDER BY update_time
  LIMIT $1
  FOR UPDATE SKIP LOCKED)
UPDATE notification SET position = nextval('notification_position')
FROM changed
WHERE notification.id = changed.id
