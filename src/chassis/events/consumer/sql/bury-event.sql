-- $1 consumer, $2 source, $3 the event as JSON
INSERT INTO dead_letter (
  consumer, source, position, partition, event_id, type, aggregate_type, aggregate_id, sequence, data, trace_parent, event_time, attempts, cause
)
SELECT
  $1, $2, e.position, e.partition, e.id, e.type, e.aggregate_type, e.aggregate_id, e.sequence, e.data, e.trace_parent, e.time,
  e.attempts, e.last_error
FROM jsonb_to_record($3::jsonb) AS e (
  position bigint, partition smallint, id uuid, type text, aggregate_type text, aggregate_id text, sequence bigint, data jsonb,
  trace_parent text, time timestamptz, attempts integer, last_error jsonb
)
ON CONFLICT (consumer, event_id) DO UPDATE
SET attempts = excluded.attempts, cause = excluded.cause, death_time = clock_timestamp()
