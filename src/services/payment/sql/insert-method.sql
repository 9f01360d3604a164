INSERT INTO payment_method (
  id, user_id, state, provider_key, expiry_month, expiry_year, holder_name, make_default, next_attempt_time)
VALUES ($1, $2, 'ADDING', $3, $4, $5, $6, $7, now() + $8 * interval '1 millisecond')
