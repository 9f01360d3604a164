-- The heartbeat; locks in the order of transitions, or the two deadlock. $1 owner, $2 lease in ms, $3 saga ids, $4 their claim tokens
WITH ours AS MATERIALIZED (
  SELECT saga.id
  FROM saga
  JOIN unnest($3::uuid[], $4::integer[]) AS held (id, claim_token) ON held.id = saga.id
  WHERE saga.claim_token = held.claim_token AND saga.claim_owner = $1::text
  ORDER BY saga.id
  FOR UPDATE OF saga
)
UPDATE saga
SET due_time = clock_timestamp() + $2::double precision * interval '1 millisecond'
FROM ours
WHERE saga.id = ours.id
RETURNING saga.id
