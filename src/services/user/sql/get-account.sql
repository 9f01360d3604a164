SELECT * FROM account WHERE id = $1 AND delete_time IS NULL
