UPDATE payment_method
SET state = 'DELETED', is_default = false, next_attempt_time = now() + $2 * interval '1 millisecond', update_time = now()
WHERE id = $1
