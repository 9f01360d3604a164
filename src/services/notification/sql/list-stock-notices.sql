-- $1 user or null; $2, $3, $4 time, user and product of the last row of the page before; $5 how many
SELECT * FROM stock_notice
WHERE ($1::uuid IS NULL OR user_id = $1)
  AND (create_time, user_id, product_id) < ($2::timestamptz, $3::uuid, $4::uuid)
ORDER BY create_time DESC, user_id DESC, product_id DESC
LIMIT $5
