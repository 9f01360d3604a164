UPDATE payment
SET state = $2, captured = $3, refunded = $4, refunding = $5, decline_code = $6, provider_reference = $7,
  capture_reference = $8, expire_time = $9, last_event = $10,
  next_check_time = CASE WHEN $2 = 'AUTHORIZED' THEN $9::timestamptz END, version = version + 1, update_time = now()
WHERE id = $1
RETURNING *
