-- Takes the partitions from whoever reads them, and lets nobody have them. $1 consumer, $2 actor, $3 reason
WITH paused AS (
  INSERT INTO consumer_pause (consumer, actor, reason)
  VALUES ($1, $2, $3)
  ON CONFLICT (consumer) DO NOTHING
  RETURNING consumer
), released AS (
  UPDATE inbox_partition
  SET owner = NULL, token = token + 1, expire_time = NULL
  FROM paused
  WHERE inbox_partition.consumer = paused.consumer
)
SELECT consumer
FROM paused
