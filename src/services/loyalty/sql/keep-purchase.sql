-- $1 order; $2 user; $3 points; $4 when it was confirmed, which stays the first time
INSERT INTO purchase (order_id, user_id, points, confirm_time)
VALUES ($1, $2, $3, $4)
ON CONFLICT (order_id) DO UPDATE SET points = excluded.points
