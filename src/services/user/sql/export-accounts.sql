SELECT * FROM account
WHERE delete_time IS NULL AND ($1::uuid IS NULL OR id > $1)
ORDER BY id
LIMIT $2
