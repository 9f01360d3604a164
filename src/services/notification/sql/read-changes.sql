-- $1 after; $2 up to; $3 user or null; $4 order or null; $5 how many
SELECT * FROM notification
WHERE position > $1 AND position <= $2
  AND ($3::uuid IS NULL OR user_id = $3)
  AND ($4::uuid IS NULL OR order_id = $4)
ORDER BY position
LIMIT $5
