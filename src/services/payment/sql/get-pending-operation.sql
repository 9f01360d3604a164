SELECT * FROM provider_operation WHERE payment_id = $1 AND kind = $2 AND state = 'PENDING'
