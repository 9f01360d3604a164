-- $1 owner, $2 lease in ms, $3 known names, $4 their versions, $5 limit
WITH due AS MATERIALIZED (
  SELECT id, claim_owner
  FROM saga
  WHERE state IN ('RUNNING', 'COMPENSATING')
    AND due_time <= clock_timestamp()
    AND (name, version) IN (SELECT * FROM unnest($3::text[], $4::integer[]))
  ORDER BY due_time
  LIMIT $5::integer
  FOR UPDATE SKIP LOCKED
)
UPDATE saga
SET claim_owner = $1::text,
    claim_token = saga.claim_token + 1,
    due_time = clock_timestamp() + $2::double precision * interval '1 millisecond',
    -- A claim that ran out leaves an attempt behind whose end nobody knows.
    attempt = saga.attempt + (saga.claim_owner IS NOT NULL)::integer,
    ambiguous = saga.ambiguous OR (saga.claim_owner IS NOT NULL AND saga.state = 'RUNNING'),
    revision = saga.revision + 1,
    update_time = clock_timestamp()
FROM due
WHERE saga.id = due.id
RETURNING
  saga.*,
  due.claim_owner AS previous_owner,
  (extract(epoch FROM saga.deadline_time - clock_timestamp()) * 1000)::double precision AS remaining_ms
