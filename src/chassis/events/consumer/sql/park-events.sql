-- $1 consumer, $2 source, $3 the events as JSON
INSERT INTO parked_event (
  consumer, source, position, partition, event_id, type, aggregate_type, aggregate_id, sequence, data, trace_parent, event_time,
  attempts, last_error, due_time
)
SELECT
  $1, $2, e.position, e.partition, e.id, e.type, e.aggregate_type, e.aggregate_id, e.sequence, e.data, e.trace_parent, e.time,
  e.attempts, e.last_error, clock_timestamp() + e.wait_ms * interval '1 millisecond'
FROM jsonb_to_recordset($3::jsonb) AS e (
  position bigint, partition smallint, id uuid, type text, aggregate_type text, aggregate_id text, sequence bigint, data jsonb,
  trace_parent text, time timestamptz, attempts integer, last_error jsonb, wait_ms double precision
)
ON CONFLICT (consumer, source, position) DO NOTHING
