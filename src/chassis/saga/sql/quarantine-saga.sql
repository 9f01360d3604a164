-- A row that cannot be read, or was claimed and cannot be carried out: out of the workers' way, for an operator. $1 id, $2 failure, $3 entries, $4 instance
WITH parked AS (
  UPDATE saga
  SET state = 'PARKED',
      parked_state = state,
      park_failure = $2::jsonb,
      claim_owner = NULL,
      claim_token = claim_token + 1,
      revision = revision + 1,
      update_time = clock_timestamp()
  WHERE id = $1::uuid AND state IN ('RUNNING', 'COMPENSATING')
  RETURNING id
)
INSERT INTO saga_history (saga_id, entries, instance)
SELECT id, $3::json, $4::text
FROM parked
