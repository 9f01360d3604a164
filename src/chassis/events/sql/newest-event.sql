SELECT position
FROM outbox
ORDER BY position DESC
LIMIT 1
