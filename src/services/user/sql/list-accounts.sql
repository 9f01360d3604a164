-- $1 id of the last row of the page before, or null; $2 state or null; $3 LIKE pattern or null; $4 how many
SELECT * FROM account
WHERE delete_time IS NULL
  AND ($1::uuid IS NULL OR id < $1)
  AND ($2::text IS NULL OR state = $2)
  AND ($3::text IS NULL OR email ILIKE $3 OR display_name ILIKE $3)
ORDER BY id DESC
LIMIT $4
