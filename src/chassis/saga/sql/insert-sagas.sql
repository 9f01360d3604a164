-- Many sagas at once. $1 sagas as JSON, $2 their owner from the start, if anybody, $3 lease in ms
WITH begun AS MATERIALIZED (
  SELECT *
  FROM json_to_recordset($1::json) AS c (
    id uuid, name text, version integer, correlation_key text, partition smallint, input jsonb,
    deadline_ms double precision, history json
  )
), inserted AS (
  INSERT INTO saga (
    id, name, version, correlation_key, partition, state, step, attempt, failures, input, deadline_time, due_time,
    claim_owner, claim_token
  )
  SELECT
    id, name, version, correlation_key, partition, 'RUNNING', 0, 1, 0, input,
    clock_timestamp() + deadline_ms * interval '1 millisecond',
    clock_timestamp() + CASE WHEN $2::text IS NULL THEN 0 ELSE $3::double precision END * interval '1 millisecond',
    $2::text, ($2::text IS NOT NULL)::integer
  FROM begun
  RETURNING id
)
INSERT INTO saga_history (saga_id, entries, instance)
SELECT inserted.id, begun.history, $2::text
FROM inserted
JOIN begun ON begun.id = inserted.id
