UPDATE provider_operation
SET state = $2, provider_reference = $3, answer = $4, update_time = now()
WHERE id = $1 AND state = 'PENDING'
