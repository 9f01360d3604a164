-- The publisher's log ends before these partitions. Whoever reads on in them finds another token. $1 consumer, $2 source, $3 where the log ends
WITH ahead AS (
  SELECT partition
  FROM inbox_partition
  WHERE consumer = $1 AND source = $2 AND position > $3 AND log_end IS NULL
  ORDER BY partition
  FOR UPDATE
)
UPDATE inbox_partition
SET log_end = $3, token = token + 1
FROM ahead
WHERE inbox_partition.consumer = $1 AND inbox_partition.source = $2 AND inbox_partition.partition = ahead.partition
