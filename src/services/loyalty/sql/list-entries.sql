-- $1 user or null; $2 order or null; $3 kind or null; $4 position of the last row of the page before, or null; $5 how many
SELECT * FROM entry
WHERE ($1::uuid IS NULL OR user_id = $1)
  AND ($2::uuid IS NULL OR order_id = $2)
  AND ($3::text IS NULL OR kind = $3)
  AND ($4::bigint IS NULL OR position < $4)
ORDER BY position DESC
LIMIT $5
