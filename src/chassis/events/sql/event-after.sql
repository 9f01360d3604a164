-- $1 after
SELECT position, event_time
FROM outbox
WHERE position > $1
ORDER BY position
LIMIT 1
