INSERT INTO provider_operation (id, payment_id, kind, state, provider_key, amount, reason, next_attempt_time)
VALUES ($1, $2, $3, 'PENDING', $4, $5, $6, now() + $7 * interval '1 millisecond')
