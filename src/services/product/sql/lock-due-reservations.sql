-- What another sweeper, or a commit, has in hand is left to it.
SELECT id, state, product_ids, quantities, expire_time, release_reason, version, create_time, update_time, true AS past_end
FROM reservation
WHERE state = 'HELD'
  AND expire_time <= clock_timestamp()
  AND ($1::uuid[] IS NULL OR product_ids && $1)
ORDER BY expire_time
LIMIT $2
FOR NO KEY UPDATE SKIP LOCKED
