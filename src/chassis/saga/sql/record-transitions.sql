-- Many sagas' transitions at once, each fenced by its own claim and revision. $1 changes as JSON, $2 instance, $3 lease in ms
WITH change AS MATERIALIZED (
  SELECT *
  FROM jsonb_to_recordset($1::jsonb) AS c (
    id uuid, claim_token integer, revision integer, state text, parked_state text, step integer, attempt integer,
    failures integer, ambiguous boolean, failure jsonb, park_failure jsonb, outputs jsonb, hold boolean,
    delay_ms double precision, history jsonb
  )
), fenced AS MATERIALIZED (
  SELECT saga.id
  FROM saga
  JOIN change ON change.id = saga.id
  WHERE saga.claim_token = change.claim_token AND saga.revision = change.revision
  ORDER BY saga.id
  FOR UPDATE OF saga
), changed AS (
  UPDATE saga
  SET state = change.state,
      parked_state = change.parked_state,
      step = coalesce(change.step, saga.step),
      attempt = coalesce(change.attempt, saga.attempt),
      failures = coalesce(change.failures, saga.failures),
      ambiguous = coalesce(change.ambiguous, false),
      failure = change.failure,
      park_failure = change.park_failure,
      outputs = saga.outputs || coalesce(change.outputs, '{}'),
      claim_owner = CASE WHEN change.hold THEN saga.claim_owner END,
      due_time = clock_timestamp()
        + CASE WHEN change.hold THEN $3::double precision ELSE change.delay_ms END * interval '1 millisecond',
      revision = saga.revision + 1,
      update_time = clock_timestamp(),
      finish_time = CASE WHEN change.state IN ('COMPLETED', 'COMPENSATED') THEN clock_timestamp() END
  FROM change
  JOIN fenced ON fenced.id = change.id
  WHERE saga.id = change.id AND saga.claim_token = change.claim_token AND saga.revision = change.revision
  RETURNING saga.id
), written AS (
  INSERT INTO saga_history (saga_id, kind, step, direction, attempt, failure, actor, note, instance)
  SELECT changed.id, entry.kind, entry.step, entry.direction, entry.attempt, entry.failure, entry.actor, entry.note, $2::text
  FROM changed
  JOIN change ON change.id = changed.id
  CROSS JOIN LATERAL jsonb_array_elements(change.history) WITH ORDINALITY AS item (value, ordinal)
  CROSS JOIN LATERAL jsonb_to_record(item.value) AS entry (
    kind text, step text, direction text, attempt integer, failure jsonb, actor text, note text
  )
  ORDER BY changed.id, item.ordinal
  RETURNING *
)
SELECT changed.id AS changed_id, written.*
FROM changed
LEFT JOIN written ON written.saga_id = changed.id
ORDER BY written.position
