-- $1 consumer, $2 aggregate id (null: any), $3, $4, $5 after this consumer, source and position (null: from the first), $6 limit
SELECT
  consumer, source, position, partition, event_id, type, aggregate_type, aggregate_id, sequence, trace_parent, event_time, attempts,
  last_error - 'stack' AS cause, due_time, park_time
FROM parked_event
WHERE ($1::text IS NULL OR consumer = $1)
  AND ($2::text IS NULL OR aggregate_id = $2)
  AND ($3::text IS NULL OR (consumer, source, position) > ($3, $4::text, $5::bigint))
ORDER BY consumer, source, position
LIMIT $6::integer
