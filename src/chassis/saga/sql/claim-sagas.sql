-- $1 owner, $2 lease in ms, $3 known names, $4 their versions, $5 limit, $6 partitions in the order to look at
WITH due AS MATERIALIZED (
  SELECT found.id, found.claim_owner
  FROM unnest($6::smallint[]) WITH ORDINALITY AS looked_at (partition, turn)
  CROSS JOIN LATERAL (
    SELECT id, claim_owner
    FROM saga
    WHERE partition = looked_at.partition
      AND state IN ('RUNNING', 'COMPENSATING')
      AND due_time <= clock_timestamp()
      AND (name, version) IN (SELECT * FROM unnest($3::text[], $4::integer[]))
    ORDER BY due_time
    LIMIT $5::integer
    FOR UPDATE SKIP LOCKED
  ) AS found
  LIMIT $5::integer
)
UPDATE saga
SET claim_owner = $1::text,
    claim_token = saga.claim_token + 1,
    due_time = clock_timestamp() + $2::double precision * interval '1 millisecond',
    interruptions = saga.interruptions + (saga.claim_owner IS NOT NULL)::integer,
    revision = saga.revision + 1,
    update_time = clock_timestamp()
FROM due
WHERE saga.id = ANY (ARRAY (SELECT id FROM due)) AND saga.id = due.id
RETURNING
  saga.id, saga.name, saga.version, saga.correlation_key, saga.state, saga.parked_state, saga.step, saga.attempt,
  saga.failures, saga.done, saga.ambiguous, saga.ahead, saga.failure, saga.park_failure, saga.input, saga.outputs,
  saga.claim_token, saga.revision, saga.interruptions, saga.trace_parent, saga.baggage,
  due.claim_owner AS previous_owner,
  (extract(epoch FROM saga.deadline_time - clock_timestamp()) * 1000)::double precision AS remaining_ms
