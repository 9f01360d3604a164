SELECT request_hash, response, outcome
FROM idempotency_record
WHERE scope = $1 AND key = $2
