-- $1 id, $2 name, $3 version, $4 correlation key, $5 input, $6 deadline in ms
WITH started AS (
  INSERT INTO saga (id, name, version, correlation_key, state, step, attempt, failures, ambiguous, input, deadline_time, due_time)
  VALUES (
    $1::uuid, $2::text, $3::integer, $4::text, 'RUNNING', 0, 1, 0, false, $5::jsonb,
    clock_timestamp() + $6::double precision * interval '1 millisecond', clock_timestamp()
  )
  RETURNING id
)
INSERT INTO saga_history (saga_id, kind, direction)
SELECT id, 'STARTED', 'FORWARD'
FROM started
