UPDATE payment_method
SET is_default = true, update_time = now()
WHERE id = (SELECT id FROM payment_method WHERE user_id = $1 AND state = 'KEPT' ORDER BY id DESC LIMIT 1)
