UPDATE account
SET display_name = $2, phone = $3, default_address = $4, state = $5, version = version + 1, update_time = now()
WHERE id = $1
RETURNING *
