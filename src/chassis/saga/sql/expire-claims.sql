-- What this owner held in an earlier life can be taken at once. $1 owner
UPDATE saga
SET due_time = clock_timestamp()
WHERE claim_owner = $1::text AND state IN ('RUNNING', 'COMPENSATING')
