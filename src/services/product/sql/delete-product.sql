UPDATE product
SET delete_time = clock_timestamp(), update_time = clock_timestamp(), version = version + 1
WHERE id = $1
RETURNING version
