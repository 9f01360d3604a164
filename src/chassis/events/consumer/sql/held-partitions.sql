-- $1 consumer, $2 source, $3 member
SELECT partition, position, token, log_end, begun
FROM inbox_partition
WHERE consumer = $1 AND source = $2 AND owner = $3
ORDER BY partition
