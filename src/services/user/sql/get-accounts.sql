SELECT * FROM account WHERE id = ANY ($1::uuid[]) AND delete_time IS NULL
