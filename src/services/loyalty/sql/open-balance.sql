INSERT INTO balance (user_id, points, lifetime_points, version, update_time)
VALUES ($1, 0, 0, 0, $2)
ON CONFLICT (user_id) DO NOTHING
