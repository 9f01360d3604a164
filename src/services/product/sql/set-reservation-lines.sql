UPDATE reservation
SET product_ids = $2::uuid[], quantities = $3::integer[], version = version + 1, update_time = clock_timestamp()
WHERE id = $1
RETURNING id, state, product_ids, quantities, expire_time, release_reason, version, create_time, update_time
