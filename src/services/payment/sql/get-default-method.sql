SELECT * FROM payment_method WHERE user_id = $1 AND is_default
