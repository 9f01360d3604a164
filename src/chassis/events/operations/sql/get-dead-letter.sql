-- $1 id
SELECT
  id, consumer, source, position, partition, event_id, type, aggregate_type, aggregate_id, sequence, data::text AS data, trace_parent,
  event_time, attempts, cause, death_time
FROM dead_letter
WHERE id = $1
