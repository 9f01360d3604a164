UPDATE balance SET points = $2, lifetime_points = $3, update_time = $4 WHERE user_id = $1
