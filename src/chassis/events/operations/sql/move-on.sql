-- The other way: what comes up to a position is left out. $1 consumer, $2 source, $3 partition (null: all), $4 the position
WITH behind AS (
  SELECT partition, position
  FROM inbox_partition
  WHERE consumer = $1 AND source = $2 AND ($3::smallint IS NULL OR partition = $3) AND position < $4
  ORDER BY partition
  FOR UPDATE
)
UPDATE inbox_partition
SET position = $4, token = token + 1, log_end = NULL, begun = true
FROM behind
WHERE inbox_partition.consumer = $1 AND inbox_partition.source = $2 AND inbox_partition.partition = behind.partition
RETURNING inbox_partition.partition, behind.position AS from_position, inbox_partition.position AS to_position
