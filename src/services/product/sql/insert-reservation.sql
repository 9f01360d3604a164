-- Waits for another transaction that makes or tombstones the same id.
INSERT INTO reservation (id, state, product_ids, quantities, expire_time)
VALUES ($1, 'HELD', $2::uuid[], $3::integer[], clock_timestamp() + make_interval(secs => $4))
ON CONFLICT (id) DO NOTHING
RETURNING id, state, product_ids, quantities, expire_time, release_reason, version, create_time, update_time
