INSERT INTO refresh_token (token_hash, family_id, account_id, expire_time)
VALUES ($1, $2, $3, now() + make_interval(secs => $4))
RETURNING expire_time
