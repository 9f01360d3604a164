-- What follows a position, as much as is told of it without its data. $1 after, $2 limit
SELECT position, aggregate_type, aggregate_id, type, extract(epoch FROM clock_timestamp() - event_time)::float8 AS age_seconds
FROM outbox
WHERE position > $1
ORDER BY position
LIMIT $2
