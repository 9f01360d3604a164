SELECT id, user_id FROM entry WHERE order_id = $1 AND kind = 'AWARD'
