-- Takes partitions that nobody holds, or whose holder has not been heard of. $1 consumer, $2 source, $3 member, $4 time to live in ms, $5 how many
WITH free AS (
  SELECT partition
  FROM inbox_partition
  WHERE consumer = $1 AND source = $2 AND (owner IS NULL OR expire_time < clock_timestamp())
    AND NOT EXISTS (SELECT FROM consumer_pause WHERE consumer = $1)
  ORDER BY partition
  LIMIT $5::integer
  FOR UPDATE SKIP LOCKED
)
UPDATE inbox_partition
SET owner = $3, token = token + 1, expire_time = clock_timestamp() + $4::double precision * interval '1 millisecond'
FROM free
WHERE consumer = $1 AND source = $2 AND inbox_partition.partition = free.partition
RETURNING inbox_partition.partition, inbox_partition.token::text AS token
