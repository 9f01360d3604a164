-- The oldest rows first, by position, which needs no index of times. $1 older than, $2 at most so many
DELETE FROM outbox
WHERE position IN (
  SELECT position
  FROM (SELECT position, event_time FROM outbox ORDER BY position LIMIT $2) AS oldest
  WHERE event_time < $1
)
