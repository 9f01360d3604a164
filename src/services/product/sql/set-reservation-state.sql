UPDATE reservation
SET state = $2, release_reason = coalesce($3, release_reason), version = version + 1, update_time = clock_timestamp()
WHERE id = $1
RETURNING id, state, product_ids, quantities, expire_time, release_reason, version, create_time, update_time
