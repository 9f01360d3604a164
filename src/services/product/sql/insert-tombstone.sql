INSERT INTO reservation (id, state, product_ids, quantities, expire_time, release_reason)
VALUES ($1, 'TOMBSTONED', '{}', '{}', clock_timestamp(), $2)
ON CONFLICT (id) DO NOTHING
RETURNING id, state, product_ids, quantities, expire_time, release_reason, version, create_time, update_time
