UPDATE idempotency_record
SET response = $3
WHERE scope = $1 AND key = $2
