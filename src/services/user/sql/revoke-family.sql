UPDATE refresh_token SET revoke_time = now() WHERE family_id = $1 AND revoke_time IS NULL
