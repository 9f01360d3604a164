SELECT family_id, use_time FROM refresh_token WHERE token_hash = $1
