SELECT
  id, state, product_ids, quantities, expire_time, release_reason, version, create_time, update_time,
  expire_time <= clock_timestamp() AS past_end
FROM reservation
WHERE id = $1
FOR NO KEY UPDATE
