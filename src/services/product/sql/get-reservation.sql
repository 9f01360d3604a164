SELECT id, state, product_ids, quantities, expire_time, release_reason, version, create_time, update_time
FROM reservation
WHERE id = $1
