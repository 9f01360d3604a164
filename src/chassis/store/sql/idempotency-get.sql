SELECT request_hash, response
FROM idempotency_record
WHERE scope = $1 AND key = $2
