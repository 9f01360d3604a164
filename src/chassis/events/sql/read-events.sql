-- $1 after, $2 not beyond, $3 limit
SELECT
  position, event_id, aggregate_type, aggregate_id, sequence, type, payload::text AS data, trace_parent, event_time
FROM outbox
WHERE position > $1 AND position <= $2
ORDER BY position
LIMIT $3
