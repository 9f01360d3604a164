-- $1 consumer, $2 source
SELECT partition, position, owner, expire_time, log_end
FROM inbox_partition
WHERE consumer = $1 AND source = $2
ORDER BY partition
