-- The heartbeat. What is being written at this moment is left for the next one instead of being waited for.
-- $1 owner, $2 lease in ms, $3 saga ids, $4 their claim tokens
WITH held AS MATERIALIZED (
  SELECT saga.id
  FROM unnest($3::uuid[], $4::integer[]) AS asked (id, claim_token)
  JOIN saga ON saga.id = asked.id
  WHERE saga.id = ANY ($3::uuid[]) AND saga.claim_token = asked.claim_token AND saga.claim_owner = $1::text
), free AS MATERIALIZED (
  SELECT saga.id
  FROM saga
  JOIN unnest($3::uuid[], $4::integer[]) AS asked (id, claim_token) ON asked.id = saga.id
  WHERE saga.id = ANY ($3::uuid[]) AND saga.claim_token = asked.claim_token AND saga.claim_owner = $1::text
  FOR UPDATE OF saga SKIP LOCKED
), extended AS (
  UPDATE saga
  SET due_time = clock_timestamp() + $2::double precision * interval '1 millisecond'
  FROM free
  WHERE saga.id = ANY ($3::uuid[]) AND saga.id = free.id
  RETURNING saga.id
)
SELECT held.id, extended.id IS NOT NULL AS extended
FROM held
LEFT JOIN extended ON extended.id = held.id
