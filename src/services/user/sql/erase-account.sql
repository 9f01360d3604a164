UPDATE account
SET email = NULL, display_name = '', phone = '', default_address = NULL, version = version + 1,
    update_time = now(), delete_time = now()
WHERE id = $1
RETURNING version
