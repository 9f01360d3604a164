-- The oldest rows first, by position, which needs no index of times. $1 older than, $2 at most so many
WITH pruned AS (
  DELETE FROM outbox
  WHERE position IN (
    SELECT position
    FROM (SELECT position, event_time FROM outbox ORDER BY position LIMIT $2) AS oldest
    WHERE event_time < $1
  )
  RETURNING position
), raised AS (
  UPDATE outbox_floor
  SET position = newest.position
  FROM (SELECT max(position) AS position FROM pruned) AS newest
  WHERE newest.position > outbox_floor.position
)
SELECT position
FROM pruned
