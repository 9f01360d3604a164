SELECT count(*) AS count FROM payment_method WHERE user_id = $1 AND state IN ('ADDING', 'KEPT')
