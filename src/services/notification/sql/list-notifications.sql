-- $1 user or null; $2 order or null; $3 channel or null; $4 state or null; $5 id of the last row of the page before, or null; $6 how many
SELECT * FROM notification
WHERE ($1::uuid IS NULL OR user_id = $1)
  AND ($2::uuid IS NULL OR order_id = $2)
  AND ($3::text IS NULL OR channel = $3)
  AND ($4::text IS NULL OR state = $4)
  AND ($5::uuid IS NULL OR id < $5)
ORDER BY id DESC
LIMIT $6
