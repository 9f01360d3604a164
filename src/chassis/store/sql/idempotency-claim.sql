-- Waits for another transaction that claims the same key.
INSERT INTO idempotency_record (scope, key, request_hash)
VALUES ($1, $2, $3)
ON CONFLICT (scope, key) DO NOTHING
