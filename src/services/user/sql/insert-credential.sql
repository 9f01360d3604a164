INSERT INTO credential (account_id, password_hash) VALUES ($1, $2)
