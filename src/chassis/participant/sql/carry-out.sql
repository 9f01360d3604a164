-- Carries out those of many commands that are plain, each once, and leaves no trace of the others. $1 the commands as JSON, $2 their
-- method, $3 the kind of what they do, where it can be undone. The effect that a service puts in reads `command` and gives `done`, one row
-- for each command that went through: ordinal, outcome, aggregate_type, aggregate_id, sequence, type, payload; type null where there is no
-- event.
WITH command AS MATERIALIZED (
  SELECT c.ordinal, c.body, c.key, c.request_hash, c.event_id, c.trace_parent
  FROM jsonb_to_recordset($1::jsonb) AS c (
    ordinal integer, body jsonb, key text, request_hash text, names text[], event_id uuid, trace_parent text
  )
  -- LIMIT keeps these as look-ups by index: a plan that was made when a table was small must not read all of it when it has grown.
  WHERE (SELECT r.key FROM idempotency_record AS r WHERE r.scope = $2::text AND r.key = c.key LIMIT 1) IS NULL
    AND (SELECT t.name FROM undo_tombstone AS t WHERE t.kind = $3::text AND t.name = ANY (c.names) LIMIT 1) IS NULL
),
/* effect */,
recorded AS (
  INSERT INTO idempotency_record (scope, key, request_hash, outcome)
  SELECT $2::text, command.key, decode(command.request_hash, 'hex'), done.outcome
  FROM done
  JOIN command ON command.ordinal = done.ordinal
),
noted AS (
  INSERT INTO outbox (event_id, aggregate_type, aggregate_id, sequence, type, payload, trace_parent)
  SELECT command.event_id, done.aggregate_type, done.aggregate_id, done.sequence, done.type, done.payload, command.trace_parent
  FROM done
  JOIN command ON command.ordinal = done.ordinal
  WHERE done.type IS NOT NULL
  ORDER BY done.ordinal
)
SELECT ordinal, outcome, type, aggregate_type
FROM done
