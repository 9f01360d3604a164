-- Lets go of partitions, so that others can take them at once; not of those whose position is being moved. $1 consumer, $2 source, $3 member,
-- $4 partitions
WITH free AS (
  SELECT partition
  FROM inbox_partition
  WHERE consumer = $1 AND source = $2 AND owner = $3 AND partition = ANY ($4::smallint[])
  FOR UPDATE SKIP LOCKED
)
UPDATE inbox_partition
SET owner = NULL, token = token + 1, expire_time = NULL
FROM free
WHERE consumer = $1 AND source = $2 AND inbox_partition.partition = free.partition
