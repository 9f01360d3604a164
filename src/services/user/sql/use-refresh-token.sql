-- Only one caller can use a token: the others find use_time set.
UPDATE refresh_token SET use_time = now()
WHERE token_hash = $1 AND use_time IS NULL AND revoke_time IS NULL AND expire_time > now()
RETURNING family_id, account_id
