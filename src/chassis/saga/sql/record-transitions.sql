-- Many sagas' transitions at once, each fenced by its own claim token and revision. $1 changes as JSON, $2 instance,
-- $3 true when they were sent before and may have been written, $4 true for a command, which ends every claim,
-- $5 the ids again: with the array the plan looks each of them up, however small the table was when it was made
WITH change AS MATERIALIZED (
  SELECT *
  FROM json_to_recordset($1::json) AS c (
    id uuid, claim_token integer, revision integer, state text, parked_state text, step integer, attempt integer,
    failures integer, done smallint[], ambiguous boolean, ahead boolean, failure jsonb, park_failure jsonb, outputs jsonb,
    hold boolean, delay_ms double precision, history json
  )
), changed AS (
  UPDATE saga
  SET state = change.state,
      parked_state = change.parked_state,
      step = coalesce(change.step, saga.step),
      attempt = coalesce(change.attempt, saga.attempt),
      failures = coalesce(change.failures, saga.failures),
      done = change.done,
      ambiguous = change.ambiguous,
      ahead = change.ahead,
      failure = change.failure,
      park_failure = change.park_failure,
      outputs = CASE WHEN change.outputs IS NULL THEN saga.outputs ELSE saga.outputs || change.outputs END,
      claim_owner = CASE WHEN change.hold THEN saga.claim_owner END,
      claim_token = saga.claim_token + $4::boolean::integer,
      due_time = CASE
        WHEN change.hold THEN saga.due_time
        ELSE clock_timestamp() + change.delay_ms * interval '1 millisecond'
      END,
      interruptions = 0,
      revision = saga.revision + 1,
      update_time = clock_timestamp(),
      finish_time = CASE WHEN change.state IN ('COMPLETED', 'COMPENSATED') THEN clock_timestamp() END
  FROM change
  WHERE saga.id = ANY ($5::uuid[])
    AND saga.id = change.id AND saga.claim_token = change.claim_token AND saga.revision = change.revision
  RETURNING saga.id, change.history
), written AS (
  INSERT INTO saga_history (saga_id, entries, instance)
  SELECT changed.id, item.value, $2::text
  FROM changed
  CROSS JOIN LATERAL json_array_elements(changed.history) WITH ORDINALITY AS item (value, ordinal)
  ORDER BY changed.id, item.ordinal
  RETURNING position, saga_id, write_time
)
SELECT changed.id, false AS before, written.position, written.write_time
FROM changed
LEFT JOIN written ON written.saga_id = changed.id
UNION ALL
-- What an earlier try of the same change has written: nobody else writes under its token.
SELECT saga.id, true, NULL, NULL
FROM saga
JOIN change ON change.id = saga.id
WHERE $3::boolean AND saga.id = ANY ($5::uuid[]) AND saga.claim_token = change.claim_token AND saga.revision = change.revision + 1
ORDER BY position
