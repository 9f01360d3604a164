UPDATE balance SET points = $2, lifetime_points = $3, version = $4, update_time = $5 WHERE user_id = $1
