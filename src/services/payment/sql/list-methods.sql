SELECT * FROM payment_method
WHERE user_id = $1 AND state = 'KEPT' AND ($2::uuid IS NULL OR id < $2)
ORDER BY id DESC
LIMIT $3
