-- The heartbeat. $1 owner, $2 lease in ms, $3 saga ids, $4 their claim tokens
UPDATE saga
SET due_time = clock_timestamp() + $2::double precision * interval '1 millisecond'
FROM unnest($3::uuid[], $4::integer[]) AS held (id, claim_token)
WHERE saga.id = held.id AND saga.claim_token = held.claim_token AND saga.claim_owner = $1::text
RETURNING saga.id
