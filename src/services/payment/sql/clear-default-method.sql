UPDATE payment_method SET is_default = false, update_time = now() WHERE user_id = $1 AND is_default
