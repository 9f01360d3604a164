-- $1 the events as JSON, in order
INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload, trace_parent)
SELECT e.event_id, e.aggregate_type, e.aggregate_id, e.sequence, e.type, e.payload, e.trace_parent
FROM ROWS FROM (
  jsonb_to_recordset($1::jsonb) AS (
    event_id uuid, aggregate_type text, aggregate_id text, sequence bigint, type text, payload jsonb,
    trace_parent text
  )
) WITH ORDINALITY AS e
ORDER BY e.ordinality
