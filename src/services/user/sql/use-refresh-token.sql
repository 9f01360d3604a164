UPDATE refresh_token SET use_time = now()
WHERE token_hash = $1 AND use_time IS NULL AND revoke_time IS NULL AND expire_time > now()
RETURNING family_id
