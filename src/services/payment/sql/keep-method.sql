UPDATE payment_method
SET state = 'KEPT', provider_token = $2, brand = $3, last4 = $4, is_default = $5, answer = $6, update_time = now()
WHERE id = $1
